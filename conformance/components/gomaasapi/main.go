// Driver for gomaasapi, the MAAS client library of Juju. It calls the unmodified library against
// the MAAS named in MAASQUERADE_TARGET and prints one JSON line a step: what the library gave back,
// or the class and text of its error. It judges nothing (see ../STEPS.md): checks in TypeScript
// do. A failed step is data, so the exit code is 0 whenever all steps could be tried.
//
// This folder holds what both major versions share; the folders gomaasapi-v2 and gomaasapi-v3 add
// their go.mod, go.sum and library.go (the import), and a build joins the two.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
)

// target is the part of the driver contract that a MAAS client needs.
type target struct {
	MAAS *struct {
		URL    string `json:"url"`
		APIKey string `json:"apiKey"`
	} `json:"maas"`
}

func main() {
	var to target
	if err := json.Unmarshal([]byte(os.Getenv("MAASQUERADE_TARGET")), &to); err != nil {
		fail("MAASQUERADE_TARGET is no JSON object: " + err.Error())
	}
	if to.MAAS == nil {
		fail("MAASQUERADE_TARGET names no MAAS")
	}
	r := &run{
		out:    lines(),
		passed: map[string]bool{},
		url:    to.MAAS.URL,
		apiKey: to.MAAS.APIKey,
	}
	r.step("client", nil, func() (any, error) { return libraryVersion() })
	r.reading()
	r.devicesAndFiles()
	r.lifecycle()
	r.refusedConnections()
	r.cleanUp()
}

// lines prints one JSON value a line, with texts as they are (no HTML escapes).
func lines() *json.Encoder {
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	return out
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(2)
}

// libraryVersion reads the linked library's version from the binary itself.
func libraryVersion() (any, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil, fmt.Errorf("this binary carries no build info")
	}
	for _, dep := range info.Deps {
		if dep.Path != libraryPath {
			continue
		}
		version := dep.Version
		if dep.Replace != nil {
			version += " (own checkout)"
		}
		return object{"library": dep.Path, "version": version}, nil
	}
	return nil, fmt.Errorf("%s is not linked", libraryPath)
}
