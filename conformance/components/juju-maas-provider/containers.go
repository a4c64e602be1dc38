package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/juju/names/v5"

	"github.com/juju/juju/core/network"
	"github.com/juju/juju/environs/storage"
)

// containers gets an address for a container on the first machine and gives it back.
func (r *run) containers() {
	started := []string{"start"}
	r.step("interfaces", started, func() (any, error) {
		found, err := r.env.NetworkInterfaces(call(), idOf(r.started[0]))
		if err != nil {
			return nil, err
		}
		r.nics = found[0]
		shown := []object{}
		for _, nic := range r.nics {
			shown = append(shown, object{
				"name": nic.InterfaceName, "mac": nic.MACAddress, "vlan": nic.VLANTag, "type": string(nic.InterfaceType),
				"subnet": string(nic.ProviderSubnetId), "cidr": nic.PrimaryAddress().CIDR,
			})
		}
		return shown, nil
	})
	r.step("container-addresses", []string{"interfaces"}, func() (any, error) {
		for _, nic := range r.nics {
			cidr := nic.PrimaryAddress().CIDR
			if cidr == "" {
				continue
			}
			wanted := network.InterfaceInfos{{
				InterfaceName: "eth0", InterfaceType: network.EthernetDevice, MACAddress: "00:16:3e:00:00:01",
				ParentInterfaceName: nic.InterfaceName, ConfigType: network.ConfigStatic,
				Addresses: network.ProviderAddresses{network.NewMachineAddress("", network.WithCIDR(cidr)).AsProviderAddress()},
			}}
			got, err := r.env.AllocateContainerAddresses(call(), r.started[0].Id(), names.NewMachineTag("0/lxd/0"), wanted)
			if err != nil {
				return nil, err
			}
			r.device = got
			shown := []object{}
			for _, one := range got {
				shown = append(shown, object{"name": one.InterfaceName, "mac": one.MACAddress, "address": one.PrimaryAddress().Value, "cidr": one.PrimaryAddress().CIDR})
			}
			return object{"asked": cidr, "got": shown}, nil
		}
		return nil, fmt.Errorf("no interface of the machine has a subnet")
	})
	r.step("container-release", []string{"container-addresses"}, func() (any, error) {
		all := []network.ProviderInterfaceInfo{}
		for _, one := range r.device {
			all = append(all, network.ProviderInterfaceInfo{InterfaceName: one.InterfaceName, ProviderId: one.ProviderId, HardwareAddress: one.MACAddress})
		}
		return object{}, r.env.ReleaseContainerAddresses(call(), all)
	})
}

// files keeps a file in MAAS, as controllers of old kept their state.
func (r *run) files() {
	const name, content = "suite-hello", "kept by the suite\n"
	var kept storage.Storage
	r.step("file-put", []string{"open"}, func() (any, error) {
		keeper, ok := r.env.(interface{ Storage() storage.Storage })
		if !ok {
			return nil, fmt.Errorf("the environ keeps no files")
		}
		kept = keeper.Storage()
		return object{}, kept.Put(name, bytes.NewBufferString(content), int64(len(content)))
	})
	put := []string{"file-put"}
	r.step("file-get", put, func() (any, error) {
		reader, err := kept.Get(name)
		if err != nil {
			return nil, err
		}
		defer reader.Close()
		got, err := io.ReadAll(reader)
		return object{"asked": content, "got": string(got)}, err
	})
	r.step("file-list", put, func() (any, error) {
		return kept.List("suite-")
	})
	r.step("file-remove", put, func() (any, error) {
		return object{}, kept.Remove(name)
	})
	r.step("file-get-removed", []string{"file-remove"}, func() (any, error) {
		reader, err := kept.Get(name)
		if err == nil {
			reader.Close()
		}
		return object{}, err
	})
}
