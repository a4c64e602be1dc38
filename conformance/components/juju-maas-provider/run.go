package main

import (
	stdcontext "context"
	"encoding/json"
	"fmt"

	"github.com/juju/juju/cloud"
	"github.com/juju/juju/core/instance"
	"github.com/juju/juju/core/network"
	"github.com/juju/juju/environs"
	"github.com/juju/juju/environs/cloudspec"
	"github.com/juju/juju/environs/config"
	"github.com/juju/juju/environs/context"
	"github.com/juju/juju/environs/instances"
	_ "github.com/juju/juju/internal/provider/maas"
	jujuversion "github.com/juju/juju/version"
)

// The model for which this run asks for machines: nobody else's.
const modelUUID = "6d616173-7175-4572-8164-650000000001"

// otherController is the UUID of a controller that manages nothing here.
const otherController = "6d616173-7175-4572-8164-65000000dead"

// run is one pass over all steps, with what earlier steps left for later ones.
type run struct {
	out    *json.Encoder
	passed map[string]bool
	target target

	provider environs.CloudEnvironProvider
	env      environs.NetworkingEnviron
	zones    []string
	spaces   network.SpaceInfos
	// started holds the instances that this run has and must give back.
	started []instances.Instance
	nics    network.InterfaceInfos
	device  network.InterfaceInfos
}

// step tries do and prints what came of it. It is not tried where a step it needs has failed. A
// panic inside the provider is an outcome like any other.
func (r *run) step(name string, needs []string, do func() (any, error)) {
	line := object{"step": name, "ok": false}
	for _, need := range needs {
		if !r.passed[need] {
			line["error"] = "needs " + need
			r.print(line)
			return
		}
	}
	value, err := guarded(do)
	if err != nil {
		line["error"] = err.Error()
	} else {
		line["ok"], line["value"] = true, value
		r.passed[name] = true
	}
	r.print(line)
}

func (r *run) print(line object) {
	if err := r.out.Encode(line); err != nil {
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

// call is the context of one call, whose credential nobody has revoked yet.
func call() *context.CloudCallContext {
	return context.NewCloudCallContext(stdcontext.Background())
}

func (r *run) cloud(apiKey string) cloudspec.CloudSpec {
	credential := cloud.NewCredential(cloud.OAuth1AuthType, map[string]string{"maas-oauth": apiKey})
	return cloudspec.CloudSpec{
		Type: "maas", Name: "maas", Region: "default",
		Endpoint: r.target.MAAS.URL, Credential: &credential,
	}
}

// open makes an environ as a controller does for each of its models.
func (r *run) open(apiKey string) (environs.NetworkingEnviron, error) {
	model, err := config.New(config.UseDefaults, map[string]any{
		"name": "suite", "type": "maas", "uuid": modelUUID,
		"agent-version": jujuversion.Current.String(),
	})
	if err != nil {
		return nil, err
	}
	env, err := environs.Open(stdcontext.Background(), r.provider, environs.OpenParams{
		ControllerUUID: r.controllerUUID(), Cloud: r.cloud(apiKey), Config: model,
	})
	if err != nil {
		return nil, err
	}
	networking, ok := environs.SupportsNetworking(env)
	if !ok {
		return nil, fmt.Errorf("the environ knows no networks")
	}
	return networking, nil
}

func (r *run) controllerUUID() string {
	if r.target.Controller == nil {
		return otherController
	}
	return r.target.Controller.UUID
}

func idsOf(all []instances.Instance) []string {
	ids := []string{}
	for _, one := range all {
		if one == nil {
			ids = append(ids, "")
		} else {
			ids = append(ids, string(one.Id()))
		}
	}
	return ids
}

func idOf(one instances.Instance) []instance.Id {
	return []instance.Id{one.Id()}
}
