// Driver for Juju's own search for agent binaries, `environs/tools` over `environs/simplestreams`:
// what bootstrap, upgrade and the controller's cache all call. It points the unmodified code at the
// agent metadata named in MAASQUERADE_TARGET and prints one JSON line a step: what was found, or the
// text of the error. It judges nothing (see ../STEPS.md). A failed step is data, so the exit code is
// 0 whenever all steps could be tried.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/juju/juju/environs/simplestreams"
	envtools "github.com/juju/juju/environs/tools"
	coretools "github.com/juju/juju/tools"
	jujuversion "github.com/juju/juju/version"
	"github.com/juju/version/v2"
)

const libraryPath = "github.com/juju/juju"

// exchangeMax is how long the download of one agent binary may take.
const exchangeMax = 30 * time.Second

type object = map[string]any

type target struct {
	Streams *struct {
		URL string `json:"url"`
	} `json:"streams"`
}

func main() {
	var to target
	if err := json.Unmarshal([]byte(os.Getenv("MAASQUERADE_TARGET")), &to); err != nil {
		fail("MAASQUERADE_TARGET is no JSON object: " + err.Error())
	}
	if to.Streams == nil {
		fail("MAASQUERADE_TARGET names no agent metadata")
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	take := func(step string, do func() (any, error)) {
		line := object{"step": step, "ok": true}
		if value, err := guarded(do); err != nil {
			line["ok"], line["error"] = false, err.Error()
		} else {
			line["value"] = value
		}
		if err := out.Encode(line); err != nil {
			fail("cannot print a step: " + err.Error())
		}
	}
	take("client", libraryVersion)
	steps(strings.TrimSuffix(to.Streams.URL, "/"), take)
}

// search is one question as Juju's own callers put it.
type search struct {
	sources      []string
	streams      []string
	major, minor int
	filter       coretools.Filter
	signed       bool
}

// steps asks for what bootstrap, upgrade and provisioning ask for.
func steps(url string, take func(string, func() (any, error))) {
	own := []string{url}
	released := []string{"released"}
	ask := func(step string, s search) {
		take(step, func() (any, error) { return find(s) })
	}
	ubuntu := coretools.Filter{OSType: "ubuntu", Arch: "amd64"}
	present := jujuversion.Current

	var newest coretools.List
	take("find-minor", func() (any, error) {
		found, err := list(search{sources: own, streams: released, major: 3, minor: 6, filter: ubuntu})
		newest = found
		return shown(found), err
	})
	ask("find-major", search{sources: own, streams: released, major: 3, minor: -1, filter: ubuntu})
	ask("find-all-systems", search{sources: own, streams: released, major: 3, minor: 6})
	exact := func(os, arch, number string) coretools.Filter {
		return coretools.Filter{OSType: os, Arch: arch, Number: version.MustParse(number)}
	}
	first := func() string {
		if len(newest) == 0 {
			return present.String()
		}
		return newest[0].Version.Number.String()
	}
	ask("find-exact", search{sources: own, streams: released, major: 3, minor: 6, filter: exact("ubuntu", "amd64", first())})
	ask("find-centos", search{sources: own, streams: released, major: 3, minor: 6, filter: exact("centos", "amd64", first())})
	ask("find-arm64", search{sources: own, streams: released, major: 3, minor: 6, filter: coretools.Filter{Arch: "arm64"}})
	ask("find-missing-number", search{sources: own, streams: released, major: 3, minor: 6, filter: exact("ubuntu", "amd64", "3.6.999")})
	ask("find-missing-arch", search{sources: own, streams: released, major: 3, minor: 6, filter: coretools.Filter{Arch: "riscv64"}})
	ask("find-missing-minor", search{sources: own, streams: released, major: 3, minor: 99})
	ask("find-missing-stream", search{sources: own, streams: []string{"devel"}, major: 3, minor: 6})
	ask("find-next-stream", search{sources: own, streams: []string{"devel", "proposed", "released"}, major: 3, minor: 6, filter: ubuntu})
	ask("find-empty-source", search{sources: []string{url + "/nothing-here"}, streams: released, major: 3, minor: 6})
	ask("find-second-source", search{sources: []string{url + "/nothing-here", url}, streams: released, major: 3, minor: 6, filter: ubuntu})
	ask("find-signed-only", search{sources: own, streams: released, major: 3, minor: 6, signed: true})
	take("download", func() (any, error) {
		if len(newest) == 0 {
			return nil, fmt.Errorf("needs find-minor")
		}
		return download(newest[0])
	})
}

func find(s search) (any, error) {
	found, err := list(s)
	return shown(found), err
}

func list(s search) (coretools.List, error) {
	var sources []simplestreams.DataSource
	for i, url := range s.sources {
		sources = append(sources, simplestreams.NewDataSource(simplestreams.Config{
			Description:          fmt.Sprintf("source %d", i+1),
			BaseURL:              url,
			RequireSigned:        s.signed,
			HostnameVerification: true,
		}))
	}
	streams := simplestreams.NewSimpleStreams(simplestreams.DefaultDataSourceFactory())
	return envtools.FindToolsForCloud(
		streams, sources, simplestreams.EmptyCloudSpec, s.streams, s.major, s.minor, s.filter)
}

func shown(found coretools.List) []object {
	all := []object{}
	for _, one := range found {
		all = append(all, object{
			"version": one.Version.String(), "url": one.URL, "size": one.Size, "sha256": one.SHA256,
		})
	}
	return all
}

// download fetches one agent binary and says what it really is.
func download(one *coretools.Tools) (any, error) {
	client := &http.Client{Timeout: exchangeMax}
	answer, err := client.Get(one.URL)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	digest := sha256.New()
	size, err := io.Copy(digest, answer.Body)
	if err != nil {
		return nil, err
	}
	return object{
		"status": answer.StatusCode,
		"listed": object{"size": one.Size, "sha256": one.SHA256},
		"got":    object{"size": size, "sha256": fmt.Sprintf("%x", digest.Sum(nil))},
	}, nil
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

func guarded(do func() (any, error)) (value any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in the library: %v", p)
		}
	}()
	return do()
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(2)
}
