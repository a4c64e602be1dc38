package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const (
	impossibleMemory = 1 << 30 // in MiB: a pebibyte
	unknownSystemID  = "zzzzzz"
)

var (
	errNoSubnet = errors.New("no space has a subnet")
	userData    = base64.StdEncoding.EncodeToString([]byte("#cloud-config\n"))
)

// lifecycle takes a machine from Ready to Deployed and back, and asks for what must be refused.
func (r *run) lifecycle() {
	r.allocating()
	r.refusedAllocations()
	r.deploying()
	r.ownerData()
	r.releasing()
}

// allocate keeps the books, so that cleanUp can give everything back.
func (r *run) allocate(args AllocateMachineArgs) (Machine, ConstraintMatches, error) {
	args.AgentName = "maasquerade"
	machine, matches, err := r.controller.AllocateMachine(args)
	if err == nil && !args.DryRun {
		r.ours = append(r.ours, machine.SystemID())
	}
	return machine, matches, err
}

func (r *run) allocating() {
	needs := []string{"connect"}
	plain := func(name string, args AllocateMachineArgs, keep func(Machine)) {
		r.step(name, needs, func() (any, error) {
			machine, _, err := r.allocate(args)
			if err != nil {
				return nil, err
			}
			keep(machine)
			status, err := r.statusOf(machine.SystemID())
			return object{"machine": machineOf(machine), "statusAfter": status}, err
		})
	}
	plain("allocate-dry-run", AllocateMachineArgs{DryRun: true}, func(Machine) {})
	plain("allocate", AllocateMachineArgs{}, func(m Machine) { r.taken = m })

	r.step("allocate-constraints", []string{"connect", "spaces"}, func() (any, error) {
		if r.space == nil {
			return nil, errNoSubnet
		}
		machine, matches, err := r.allocate(AllocateMachineArgs{
			Storage:    []StorageSpec{{Label: "root", Size: 1}, {Label: "data", Size: 1}},
			Interfaces: []InterfaceSpec{{Label: "0", Space: r.space.Name()}},
		})
		if err != nil {
			return nil, err
		}
		storage, interfaces := object{}, object{}
		for label, devices := range matches.Storage {
			storage[label] = each(devices, StorageDevice.ID)
		}
		for label, found := range matches.Interfaces {
			interfaces[label] = each(found, Interface.ID)
		}
		return object{"machine": machineOf(machine), "storage": storage, "interfaces": interfaces}, nil
	})
	r.step("allocate-by-name", needs, func() (any, error) {
		machines, err := r.controller.Machines(MachinesArgs{})
		if err != nil {
			return nil, err
		}
		ready := slices.IndexFunc(machines, func(m Machine) bool { return m.StatusName() == "Ready" })
		if ready < 0 {
			return nil, errors.New("no machine is Ready")
		}
		asked := machines[ready].Hostname()
		machine, _, err := r.allocate(AllocateMachineArgs{Hostname: asked})
		if err != nil {
			return nil, err
		}
		return object{"asked": asked, "machine": machineOf(machine)}, nil
	})
}

func (r *run) refusedAllocations() {
	refused := func(name string, needs []string, args func() AllocateMachineArgs) {
		r.step(name, needs, func() (any, error) {
			_, _, err := r.allocate(args())
			return object{}, err
		})
	}
	refused("allocate-taken", []string{"allocate"}, func() AllocateMachineArgs {
		return AllocateMachineArgs{SystemId: r.taken.SystemID()}
	})
	refused("allocate-no-match", []string{"connect"}, func() AllocateMachineArgs {
		return AllocateMachineArgs{MinMemory: impossibleMemory}
	})
	refused("allocate-unknown-zone", []string{"connect"}, func() AllocateMachineArgs {
		return AllocateMachineArgs{Zone: "maasquerade-no-such-zone"}
	})
}

func (r *run) deploying() {
	start := func() error {
		return r.taken.Start(StartArgs{UserData: userData, DistroSeries: r.series()})
	}
	r.step("start", []string{"allocate"}, func() (any, error) {
		if err := start(); err != nil {
			return nil, err
		}
		return object{"statusName": r.taken.StatusName()}, nil
	})
	r.step("start-again", []string{"start"}, func() (any, error) {
		return object{}, start()
	})
	r.step("wait-deployed", []string{"start"}, func() (any, error) {
		ends := func(status string) bool {
			return status == "Deployed" || strings.HasPrefix(status, "Failed")
		}
		machine, seen, err := r.await(r.taken.SystemID(), r.taken.StatusName(), ends)
		if err != nil {
			return nil, err
		}
		if machine.StatusName() != "Deployed" {
			return nil, fmt.Errorf("the machine went %s", strings.Join(seen, ", "))
		}
		return object{"statuses": seen, "machine": machineOf(machine)}, nil
	})
}

// series is the newest Ubuntu that the MAAS has images of, as Juju names it in deploy, or empty.
func (r *run) series() string {
	resources, _ := r.controller.BootResources()
	newest := ""
	for _, resource := range resources {
		if series, ok := strings.CutPrefix(resource.Name(), "ubuntu/"); ok && series > newest {
			newest = series
		}
	}
	return newest
}

func (r *run) ownerData() {
	asked := map[string]string{"juju-model-uuid": "6d616173", "juju-is-controller": "false"}
	r.step("set-owner-data", []string{"allocate"}, func() (any, error) {
		if err := r.taken.SetOwnerData(asked); err != nil {
			return nil, err
		}
		return object{"asked": asked, "ownerData": r.taken.OwnerData()}, nil
	})
	r.step("owner-data", []string{"set-owner-data"}, func() (any, error) {
		machine, err := r.fresh(r.taken.SystemID())
		if err != nil {
			return nil, err
		}
		return object{"ownerData": machine.OwnerData()}, nil
	})
	r.step("machines-by-owner-data", []string{"set-owner-data"}, func() (any, error) {
		machines, err := r.controller.Machines(MachinesArgs{OwnerData: asked})
		return object{"asked": asked, "ids": each(machines, Machine.SystemID)}, err
	})
}

func (r *run) releasing() {
	release := func(systemID string) error {
		return r.controller.ReleaseMachines(ReleaseMachinesArgs{SystemIDs: []string{systemID}, Comment: "conformance"})
	}
	r.step("release", []string{"allocate"}, func() (any, error) {
		id := r.taken.SystemID()
		if err := release(id); err != nil {
			return nil, err
		}
		r.ours = slices.DeleteFunc(r.ours, func(ours string) bool { return ours == id })
		rests := func(status string) bool { return status != "Releasing" && status != "Disk erasing" }
		machine, _, err := r.await(id, "", rests)
		if err != nil {
			return nil, err
		}
		return object{"statusAfter": machine.StatusName()}, nil
	})
	r.step("release-again", []string{"release"}, func() (any, error) {
		return object{}, release(r.taken.SystemID())
	})
	r.step("release-unknown", []string{"connect"}, func() (any, error) {
		return object{}, release(unknownSystemID)
	})
}

// refusedConnections are controllers that must not come to be.
func (r *run) refusedConnections() {
	refused := func(name, url, key string) {
		r.step(name, nil, func() (any, error) {
			_, err := connect(url, key)
			return object{}, err
		})
	}
	parts := strings.Split(r.apiKey, ":")
	refused("bad-key", r.url, parts[0]+":wrongwrongwrongwro:"+parts[len(parts)-1])
	refused("malformed-key", r.url, "onlyonepart")
	refused("unsupported-url", strings.TrimSuffix(r.url, "/")+"/nowhere/", r.apiKey)
}

// cleanUp gives back, without a word, what this run still holds: a MAAS named by URL is not ours.
func (r *run) cleanUp() {
	if len(r.ours) > 0 {
		_ = r.controller.ReleaseMachines(ReleaseMachinesArgs{SystemIDs: r.ours})
	}
}
