package main

import "sort"

// reading asks for everything that can be read without changing anything.
func (r *run) reading() {
	r.step("connect", nil, func() (any, error) {
		controller, err := connect(r.url, r.apiKey)
		if err != nil {
			return nil, err
		}
		r.controller = controller
		return object{}, nil
	})
	needs := []string{"connect"}
	r.step("version-info", needs, func() (any, error) {
		version, subversion, err := r.controller.APIVersionInfo()
		if err != nil {
			return nil, err
		}
		capabilities := r.controller.Capabilities().SortedValues()
		return object{"version": version, "subversion": subversion, "capabilities": texts(capabilities)}, nil
	})
	r.machineLists()
	r.step("zones", needs, func() (any, error) {
		zones, err := r.controller.Zones()
		return each(zones, func(z Zone) object {
			return object{"name": z.Name(), "description": z.Description()}
		}), err
	})
	r.step("spaces", needs, func() (any, error) {
		spaces, err := r.controller.Spaces()
		for _, space := range spaces {
			if r.subnet == nil && len(space.Subnets()) > 0 {
				r.space, r.subnet = space, space.Subnets()[0]
			}
		}
		return each(spaces, func(s Space) object {
			return object{"id": s.ID(), "name": s.Name(), "subnets": each(s.Subnets(), subnetOf)}
		}), err
	})
	r.step("fabrics", needs, func() (any, error) {
		fabrics, err := r.controller.Fabrics()
		return each(fabrics, func(f Fabric) object {
			return object{"id": f.ID(), "name": f.Name(), "classType": f.ClassType(), "vlans": each(f.VLANs(), vlanOf)}
		}), err
	})
	r.step("static-routes", needs, func() (any, error) {
		routes, err := r.controller.StaticRoutes()
		return each(routes, func(s StaticRoute) object {
			return object{
				"source":      s.Source().CIDR(),
				"destination": s.Destination().CIDR(),
				"gateway":     s.GatewayIP(),
				"metric":      s.Metric(),
			}
		}), err
	})
	r.step("domains", needs, func() (any, error) {
		domains, err := r.controller.Domains()
		return each(domains, Domain.Name), err
	})
	r.step("tags", needs, func() (any, error) {
		tags, err := r.controller.Tags()
		return each(tags, Tag.Name), err
	})
	r.step("boot-resources", needs, func() (any, error) {
		resources, err := r.controller.BootResources()
		return each(resources, func(b BootResource) object {
			return object{
				"id":               b.ID(),
				"name":             b.Name(),
				"type":             b.Type(),
				"architecture":     b.Architecture(),
				"subArchitectures": texts(b.SubArchitectures().SortedValues()),
				"kernelFlavor":     b.KernelFlavor(),
			}
		}), err
	})
	r.step("pools", needs, func() (any, error) {
		pools, err := r.controller.Pools()
		return each(pools, func(p Pool) object { return object{"name": p.Name()} }), err
	})
	r.step("devices", needs, func() (any, error) {
		devices, err := r.controller.Devices(DevicesArgs{})
		return object{"ids": each(devices, Device.SystemID)}, err
	})
}

// machineLists reads the machines, and then by each filter a value that the first ones have.
func (r *run) machineLists() {
	r.step("machines", []string{"connect"}, func() (any, error) {
		machines, err := r.controller.Machines(MachinesArgs{})
		r.listed = machines
		return object{
			"ids":      each(machines, Machine.SystemID),
			"machines": each(machines[:min(5, len(machines))], machineOf),
		}, err
	})
	filtered := func(name string, asked string, args MachinesArgs) {
		r.step(name, []string{"machines"}, func() (any, error) {
			machines, err := r.controller.Machines(args)
			return object{"asked": asked, "ids": each(machines, Machine.SystemID)}, err
		})
	}
	if len(r.listed) > 0 {
		first := r.listed[0]
		filtered("machines-by-hostname", first.Hostname(), MachinesArgs{Hostnames: []string{first.Hostname()}})
		filtered("machines-by-id", first.SystemID(), MachinesArgs{SystemIDs: []string{first.SystemID()}})
		if zone := first.Zone(); zone != nil {
			filtered("machines-by-zone", zone.Name(), MachinesArgs{Zone: zone.Name()})
		}
	}
	for _, machine := range r.listed {
		if tags := append([]string(nil), machine.Tags()...); len(tags) > 0 {
			sort.Strings(tags)
			filtered("machines-by-tag", tags[0], MachinesArgs{Tags: tags[:1]})
			break
		}
	}
	const nobody = "maasquerade-no-such-machine"
	filtered("machines-no-match", nobody, MachinesArgs{Hostnames: []string{nobody}})
}
