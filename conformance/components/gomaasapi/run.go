package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// How long one HTTP exchange and one wait for a state may take.
const (
	exchangeMax = 30 * time.Second
	waitMax     = 60 * time.Second
	pauseMax    = 100 * time.Millisecond
)

type object = map[string]any

// run is one pass over all steps, with what earlier steps left for later ones.
type run struct {
	out    *json.Encoder
	passed map[string]bool
	url    string
	apiKey string

	controller Controller
	listed     []Machine
	space      Space
	subnet     Subnet
	device     Device
	iface      Interface
	taken      Machine
	// ours holds the system id of each machine that this run allocated and did not release.
	ours []string
}

// line is the contract of one printed step. Value and Error are left out when empty.
type line struct {
	Step  string `json:"step"`
	OK    bool   `json:"ok"`
	Value any    `json:"value,omitempty"`
	Error string `json:"error,omitempty"`
}

// step tries do and prints what came of it. It is not tried where a step it needs has failed. A
// panic inside the library is an outcome like any other.
func (r *run) step(name string, needs []string, do func() (any, error)) {
	for _, need := range needs {
		if !r.passed[need] {
			r.print(line{Step: name, Error: "needs " + need})
			return
		}
	}
	value, err := guarded(do)
	if err != nil {
		r.print(line{Step: name, Value: object{"class": classOf(err)}, Error: err.Error()})
		return
	}
	r.passed[name] = true
	r.print(line{Step: name, OK: true, Value: value})
}

func (r *run) print(l line) {
	if err := r.out.Encode(l); err != nil {
		fail("cannot print a step: " + err.Error())
	}
}

func guarded(do func() (any, error)) (value any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in the library: %v", p)
		}
	}()
	return do()
}

// classOf names an error by the library's own predicates.
func classOf(err error) string {
	switch {
	case IsNoMatchError(err):
		return "NoMatch"
	case IsBadRequestError(err):
		return "BadRequest"
	case IsPermissionError(err):
		return "Permission"
	case IsCannotCompleteError(err):
		return "CannotComplete"
	case IsUnexpectedError(err):
		return "Unexpected"
	case IsUnsupportedVersionError(err):
		return "UnsupportedVersion"
	case IsDeserializationError(err):
		return "Deserialization"
	}
	return "Other"
}

// connect makes the library's controller, which asks version/ and whoami.
func connect(url, apiKey string) (Controller, error) {
	return NewController(ControllerArgs{
		BaseURL:    url,
		APIKey:     apiKey,
		HTTPClient: &http.Client{Timeout: exchangeMax},
	})
}

// fresh reads one machine anew.
func (r *run) fresh(systemID string) (Machine, error) {
	machines, err := r.controller.Machines(MachinesArgs{SystemIDs: []string{systemID}})
	if err != nil {
		return nil, err
	}
	if len(machines) != 1 {
		return nil, fmt.Errorf("asked for machine %s, got %d machines", systemID, len(machines))
	}
	return machines[0], nil
}

// statusOf is the status name of one machine in a fresh list.
func (r *run) statusOf(systemID string) (string, error) {
	machine, err := r.fresh(systemID)
	if err != nil {
		return "", err
	}
	return machine.StatusName(), nil
}

// await reads the machine until done says so, less and less often. seen holds each status name
// once, in order of sight, beginning with the one given.
func (r *run) await(systemID, first string, done func(status string) bool) (Machine, []string, error) {
	seen := []string{first}
	pause := 20 * time.Millisecond
	for until := time.Now().Add(waitMax); ; {
		machine, err := r.fresh(systemID)
		if err != nil {
			return nil, seen, err
		}
		status := machine.StatusName()
		if status != seen[len(seen)-1] {
			seen = append(seen, status)
		}
		if done(status) {
			return machine, seen, nil
		}
		if time.Now().After(until) {
			return nil, seen, fmt.Errorf("still %q after %s", status, waitMax)
		}
		time.Sleep(pause)
		pause = min(pause*3/2, pauseMax)
	}
}
