package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/juju/names/v5"

	"github.com/juju/juju/api"
	"github.com/juju/juju/cloudconfig/instancecfg"
	corebase "github.com/juju/juju/core/base"
	"github.com/juju/juju/core/constraints"
	"github.com/juju/juju/core/instance"
	"github.com/juju/juju/core/status"
	"github.com/juju/juju/environs"
	"github.com/juju/juju/environs/instances"
	"github.com/juju/juju/internal/provider/common"
	"github.com/juju/juju/storage"
	coretools "github.com/juju/juju/tools"
	jujuversion "github.com/juju/juju/version"
	"github.com/juju/version/v2"
)

// How long a machine may take to deploy and to leave the list, and the pause between two looks.
const (
	waitMax = 60 * time.Second
	goneMax = 10 * time.Second
	pause   = 100 * time.Millisecond
)

// machines takes machines as a controller's provisioner does, and watches one until it runs.
func (r *run) machines() {
	open := []string{"open"}
	r.step("start", open, func() (any, error) {
		return r.start("0", environs.StartInstanceParams{Constraints: constraints.MustParse("mem=1G cores=2")})
	})
	r.step("start-in-zone", []string{"open", "zones"}, func() (any, error) {
		shown, err := r.start("1", environs.StartInstanceParams{AvailabilityZone: r.zones[0]})
		if err == nil {
			shown["asked"] = r.zones[0]
		}
		return shown, err
	})
	r.step("start-in-space", []string{"open", "spaces"}, func() (any, error) {
		space := r.spaces[0]
		shown, err := r.start("2", environs.StartInstanceParams{
			Constraints: constraints.MustParse("spaces=" + string(space.Name)),
		})
		if err == nil {
			shown["asked"] = string(space.Name)
		}
		return shown, err
	})
	r.step("start-with-volume", open, func() (any, error) {
		return r.start("3", environs.StartInstanceParams{Volumes: []storage.VolumeParams{{
			Tag: names.NewVolumeTag("0"), Size: 1024, Provider: "maas",
			Attachment: &storage.VolumeAttachmentParams{AttachmentParams: storage.AttachmentParams{
				Provider: "maas", Machine: names.NewMachineTag("3"),
			}},
		}}})
	})
	r.step("start-no-match", open, func() (any, error) {
		return r.start("4", environs.StartInstanceParams{Constraints: constraints.MustParse("mem=999T")})
	})
	r.step("start-unknown-zone", open, func() (any, error) {
		return r.start("5", environs.StartInstanceParams{AvailabilityZone: "no-such-zone"})
	})
	r.step("start-taken", []string{"start"}, func() (any, error) {
		return r.start("6", environs.StartInstanceParams{Placement: "system-id=" + string(r.started[0].Id())})
	})
	started := []string{"start"}
	r.step("wait", started, func() (any, error) {
		seen := []string{}
		for until := time.Now().Add(waitMax); ; time.Sleep(pause) {
			found, err := r.env.Instances(call(), idOf(r.started[0]))
			if err != nil {
				return nil, err
			}
			now := found[0].Status(call())
			if shown := fmt.Sprintf("%s: %s", now.Status, now.Message); len(seen) == 0 || seen[len(seen)-1] != shown {
				seen = append(seen, shown)
			}
			if now.Status == status.Running {
				return seen, nil
			}
			if now.Status == status.ProvisioningError {
				return nil, fmt.Errorf("failed after %v", seen)
			}
			if time.Now().After(until) {
				return nil, fmt.Errorf("still %v after %s", seen, waitMax)
			}
		}
	})
	r.step("instances", started, func() (any, error) {
		found, err := r.env.AllInstances(call())
		return object{"started": idsOf(r.started), "found": idsOf(found)}, err
	})
	r.step("instances-partial", started, func() (any, error) {
		found, err := r.env.Instances(call(), []instance.Id{r.started[0].Id(), "nosuch"})
		if err == environs.ErrPartialInstances {
			return object{"partial": true, "asked": string(r.started[0].Id()), "found": idsOf(found)}, nil
		}
		return object{"partial": false, "found": idsOf(found)}, err
	})
	r.step("instances-unknown", open, func() (any, error) {
		found, err := r.env.Instances(call(), []instance.Id{"nosuch"})
		return idsOf(found), err
	})
	r.step("instance-zones", started, func() (any, error) {
		return r.env.(common.ZonedEnviron).InstanceAvailabilityZoneNames(call(), idOf(r.started[0]))
	})
	r.step("addresses", started, func() (any, error) {
		found, err := r.env.Instances(call(), idOf(r.started[0]))
		if err != nil {
			return nil, err
		}
		addresses, err := found[0].Addresses(call())
		if err != nil {
			return nil, err
		}
		shown := []object{}
		for _, one := range addresses {
			shown = append(shown, object{"value": one.Value, "space": string(one.ProviderSpaceID)})
		}
		return shown, nil
	})
}

// start asks for one machine and shows what came.
func (r *run) start(id string, params environs.StartInstanceParams) (object, error) {
	base := corebase.MakeDefaultBase("ubuntu", "22.04")
	config, err := instancecfg.NewInstanceConfig(
		names.NewControllerTag(r.controllerUUID()), id, "suite-nonce", "released", base,
		&api.Info{
			Addrs: []string{"192.0.2.1:17070"}, CACert: "a certificate", Password: "unimportant",
			Tag: names.NewMachineTag(id), ModelTag: names.NewModelTag(modelUUID),
		})
	if err != nil {
		return nil, err
	}
	config.Tags = instancecfg.InstanceTags(modelUUID, r.controllerUUID(), r.env.Config(), false)
	for _, arch := range []string{"amd64", "arm64"} {
		params.Tools = append(params.Tools, &coretools.Tools{
			Version: version.Binary{Number: jujuversion.Current, Release: "ubuntu", Arch: arch},
			URL:     "https://192.0.2.1/agent.tgz", SHA256: strings.Repeat("0", 64), Size: 1,
		})
	}
	params.ControllerUUID = r.controllerUUID()
	params.InstanceConfig = config
	params.StatusCallback = func(status.Status, string, map[string]any) error { return nil }
	result, err := r.env.StartInstance(call(), params)
	if err != nil {
		return nil, err
	}
	r.started = append(r.started, result.Instance)
	return started(result), nil
}

func started(result *environs.StartInstanceResult) object {
	nics := []object{}
	for _, nic := range result.NetworkInfo {
		addresses := []string{}
		for _, address := range nic.Addresses {
			addresses = append(addresses, address.Value)
		}
		nics = append(nics, object{"name": nic.InterfaceName, "mac": nic.MACAddress, "addresses": addresses, "space": string(nic.PrimaryAddress().ProviderSpaceID)})
	}
	volumes := []object{}
	for i, volume := range result.Volumes {
		volumes = append(volumes, object{
			"tag": volume.Tag.String(), "size": volume.Size, "hardwareId": volume.HardwareId, "wwn": volume.WWN,
			"device": result.VolumeAttachments[i].DeviceName, "link": result.VolumeAttachments[i].DeviceLink,
		})
	}
	return object{
		"id": string(result.Instance.Id()), "name": result.DisplayName,
		"hardware": result.Hardware, "interfaces": nics, "volumes": volumes,
	}
}

// givingBack adopts, gives all machines back and looks whether they are gone.
func (r *run) givingBack() {
	r.step("adopt", []string{"start"}, func() (any, error) {
		if err := r.env.AdoptResources(call(), otherController, jujuversion.Current); err != nil {
			return nil, err
		}
		return object{}, nil
	})
	r.step("stop", []string{"start"}, func() (any, error) {
		return object{}, r.env.StopInstances(call(), ids(r.started)...)
	})
	r.step("stop-again", []string{"stop"}, func() (any, error) {
		return object{}, r.env.StopInstances(call(), ids(r.started)...)
	})
	r.step("gone", []string{"stop"}, func() (any, error) {
		for until := time.Now().Add(goneMax); ; time.Sleep(pause) {
			found, err := r.env.AllInstances(call())
			if err != nil || len(found) == 0 || time.Now().After(until) {
				return idsOf(found), err
			}
		}
	})
}

func ids(all []instances.Instance) []instance.Id {
	found := []instance.Id{}
	for _, one := range all {
		found = append(found, one.Id())
	}
	return found
}
