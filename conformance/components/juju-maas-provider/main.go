// Driver for Juju's own MAAS provider: the code by which a controller gets, watches and gives back
// machines. It opens an environ against the MAAS named in MAASQUERADE_TARGET, does what controllers
// do with it, and prints one JSON line a step: what the provider gave back, or the text of its error.
// It judges nothing (see ../STEPS.md). A failed step is data, so the exit code is 0 whenever all
// steps could be tried.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/juju/loggo"

	jujuversion "github.com/juju/juju/version"
)

const libraryPath = "github.com/juju/juju"

type object = map[string]any

type target struct {
	MAAS *struct {
		URL    string `json:"url"`
		APIKey string `json:"apiKey"`
	} `json:"maas"`
	Controller *struct {
		UUID string `json:"uuid"`
	} `json:"controller"`
}

func main() {
	var to target
	if err := json.Unmarshal([]byte(os.Getenv("MAASQUERADE_TARGET")), &to); err != nil {
		fail("MAASQUERADE_TARGET is no JSON object: " + err.Error())
	}
	if to.MAAS == nil {
		fail("MAASQUERADE_TARGET names no MAAS")
	}
	// What the provider logs is not what it answers.
	loggo.GetLogger("").SetLogLevel(loggo.CRITICAL)
	r := &run{out: json.NewEncoder(os.Stdout), passed: map[string]bool{}, target: to}
	r.out.SetEscapeHTML(false)
	r.step("client", nil, libraryVersion)
	r.opening()
	r.reading()
	r.machines()
	r.containers()
	r.files()
	r.givingBack()
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(2)
}

// libraryVersion is what Juju calls itself; the build info has only the commit.
func libraryVersion() (any, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil, fmt.Errorf("this binary carries no build info")
	}
	for _, dep := range info.Deps {
		if dep.Path == libraryPath {
			return object{"library": dep.Path, "version": jujuversion.Current.String(), "module": dep.Version}, nil
		}
	}
	return nil, fmt.Errorf("%s is not linked", libraryPath)
}
