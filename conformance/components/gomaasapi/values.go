package main

// Plain JSON of what the library holds. Lists are never null, so that a check need not tell an
// empty list from a missing one; an absent single object is null.

func each[T, U any](in []T, f func(T) U) []U {
	out := make([]U, 0, len(in))
	for _, one := range in {
		out = append(out, f(one))
	}
	return out
}

func texts(in []string) []string {
	return append([]string{}, in...)
}

func machineOf(m Machine) object {
	return object{
		"systemId":             m.SystemID(),
		"hostname":             m.Hostname(),
		"fqdn":                 m.FQDN(),
		"tags":                 texts(m.Tags()),
		"operatingSystem":      m.OperatingSystem(),
		"distroSeries":         m.DistroSeries(),
		"architecture":         m.Architecture(),
		"memory":               m.Memory(),
		"cpuCount":             m.CPUCount(),
		"ipAddresses":          texts(m.IPAddresses()),
		"powerState":           m.PowerState(),
		"powerType":            m.PowerType(),
		"statusName":           m.StatusName(),
		"statusMessage":        m.StatusMessage(),
		"zone":                 nameOf(m.Zone()),
		"pool":                 nameOf(m.Pool()),
		"ownerData":            m.OwnerData(),
		"hardwareInfo":         m.HardwareInfo(),
		"bootInterface":        nameOf(m.BootInterface()),
		"interfaces":           each(m.InterfaceSet(), interfaceOf),
		"blockDevices":         each(m.BlockDevices(), blockDeviceOf),
		"physicalBlockDevices": each(m.PhysicalBlockDevices(), BlockDevice.ID),
	}
}

func nameOf(thing interface{ Name() string }) any {
	if thing == nil {
		return nil
	}
	return thing.Name()
}

func interfaceOf(i Interface) object {
	return object{
		"id":           i.ID(),
		"name":         i.Name(),
		"type":         i.Type(),
		"enabled":      i.Enabled(),
		"macAddress":   i.MACAddress(),
		"effectiveMtu": i.EffectiveMTU(),
		"parents":      texts(i.Parents()),
		"children":     texts(i.Children()),
		"tags":         texts(i.Tags()),
		"vlan":         vlanOrNil(i.VLAN()),
		"links":        each(i.Links(), linkOf),
	}
}

func linkOf(l Link) object {
	var subnet any
	if s := l.Subnet(); s != nil {
		subnet = subnetOf(s)
	}
	return object{"id": l.ID(), "mode": l.Mode(), "subnet": subnet, "ipAddress": l.IPAddress()}
}

func subnetOf(s Subnet) object {
	return object{
		"id":         s.ID(),
		"name":       s.Name(),
		"cidr":       s.CIDR(),
		"space":      s.Space(),
		"gateway":    s.Gateway(),
		"dnsServers": texts(s.DNSServers()),
		"vlan":       vlanOrNil(s.VLAN()),
	}
}

func vlanOrNil(v VLAN) any {
	if v == nil {
		return nil
	}
	return vlanOf(v)
}

func vlanOf(v VLAN) object {
	return object{
		"id":     v.ID(),
		"name":   v.Name(),
		"fabric": v.Fabric(),
		"vid":    v.VID(),
		"mtu":    v.MTU(),
		"dhcp":   v.DHCP(),
	}
}

func blockDeviceOf(b BlockDevice) object {
	return object{
		"id":        b.ID(),
		"name":      b.Name(),
		"path":      b.Path(),
		"size":      b.Size(),
		"blockSize": b.BlockSize(),
		"usedSize":  b.UsedSize(),
		"usedFor":   b.UsedFor(),
		"tags":      texts(b.Tags()),
		"partitions": each(b.Partitions(), func(p Partition) object {
			return object{"id": p.ID(), "path": p.Path(), "size": p.Size()}
		}),
	}
}
