package main

import (
	"fmt"

	"github.com/juju/juju/core/constraints"
	"github.com/juju/juju/environs"
	"github.com/juju/juju/internal/provider/common"
)

// opening is what `juju add-cloud` and a new controller do first.
func (r *run) opening() {
	r.step("provider", nil, func() (any, error) {
		provider, err := environs.Provider("maas")
		if err != nil {
			return nil, err
		}
		opener, ok := provider.(environs.CloudEnvironProvider)
		if !ok {
			return nil, fmt.Errorf("this Juju cannot open a MAAS")
		}
		r.provider = opener
		return object{}, nil
	})
	ping := func(url string) func() (any, error) {
		return func() (any, error) { return object{}, r.provider.Ping(call(), url) }
	}
	r.step("ping", []string{"provider"}, ping(r.target.MAAS.URL))
	r.step("ping-nowhere", []string{"provider"}, ping(r.target.MAAS.URL+"nowhere/"))
	r.step("open-bad-key", []string{"provider"}, func() (any, error) {
		_, err := r.open("wrong:wrong:wrong")
		return object{}, err
	})
	r.step("open", []string{"provider"}, func() (any, error) {
		env, err := r.open(r.target.MAAS.APIKey)
		r.env = env
		return object{}, err
	})
}

// reading asks for everything that a controller wants to know of a MAAS.
func (r *run) reading() {
	open := []string{"open"}
	r.step("zones", open, func() (any, error) {
		found, err := r.env.(common.ZonedEnviron).AvailabilityZones(call())
		if err != nil {
			return nil, err
		}
		for _, zone := range found {
			r.zones = append(r.zones, zone.Name())
		}
		return r.zones, nil
	})
	r.step("spaces", open, func() (any, error) {
		found, err := r.env.Spaces(call())
		if err != nil {
			return nil, err
		}
		r.spaces = found
		shown := []object{}
		for _, space := range found {
			subnets := []object{}
			for _, subnet := range space.Subnets {
				subnets = append(subnets, object{"cidr": subnet.CIDR, "id": string(subnet.ProviderId), "vlan": subnet.VLANTag})
			}
			shown = append(shown, object{"id": string(space.ProviderId), "name": string(space.Name), "subnets": subnets})
		}
		return shown, nil
	})
	r.step("subnets", open, func() (any, error) {
		found, err := r.env.Subnets(call(), "", nil)
		if err != nil {
			return nil, err
		}
		shown := []object{}
		for _, subnet := range found {
			shown = append(shown, object{"cidr": subnet.CIDR, "space": string(subnet.ProviderSpaceId)})
		}
		return shown, nil
	})
	r.step("architectures", open, func() (any, error) {
		validator, err := r.env.ConstraintsValidator(call())
		if err != nil {
			return nil, err
		}
		accepted := []string{}
		for _, arch := range []string{"amd64", "arm64", "s390x"} {
			if _, err := validator.Validate(constraints.MustParse("arch=" + arch)); err == nil {
				accepted = append(accepted, arch)
			}
		}
		return accepted, nil
	})
	r.step("instances-before", open, func() (any, error) {
		found, err := r.env.AllInstances(call())
		return idsOf(found), err
	})
	r.step("controller-instances", open, func() (any, error) {
		return r.env.ControllerInstances(call(), r.controllerUUID())
	})
	r.step("controller-instances-other", open, func() (any, error) {
		return r.env.ControllerInstances(call(), otherController)
	})
	r.step("precheck-zone", open, func() (any, error) {
		return object{}, r.env.PrecheckInstance(call(), environs.PrecheckInstanceParams{Placement: "zone=no-such-zone"})
	})
}
