package main

import library "github.com/juju/gomaasapi/v3"

// libraryPath is the module that this driver is about.
const libraryPath = "github.com/juju/gomaasapi/v3"

// The names under which the shared steps know this major version of the library.
type (
	AllocateMachineArgs = library.AllocateMachineArgs
	AddFileArgs         = library.AddFileArgs
	BlockDevice         = library.BlockDevice
	BootResource        = library.BootResource
	ConstraintMatches   = library.ConstraintMatches
	Controller          = library.Controller
	ControllerArgs      = library.ControllerArgs
	CreateDeviceArgs    = library.CreateDeviceArgs
	CreateInterfaceArgs = library.CreateInterfaceArgs
	Device              = library.Device
	DevicesArgs         = library.DevicesArgs
	Domain              = library.Domain
	Fabric              = library.Fabric
	File                = library.File
	Interface           = library.Interface
	InterfaceSpec       = library.InterfaceSpec
	Link                = library.Link
	LinkSubnetArgs      = library.LinkSubnetArgs
	Machine             = library.Machine
	MachinesArgs        = library.MachinesArgs
	Partition           = library.Partition
	Pool                = library.Pool
	ReleaseMachinesArgs = library.ReleaseMachinesArgs
	Space               = library.Space
	StartArgs           = library.StartArgs
	StaticRoute         = library.StaticRoute
	StorageDevice       = library.StorageDevice
	StorageSpec         = library.StorageSpec
	Subnet              = library.Subnet
	Tag                 = library.Tag
	VLAN                = library.VLAN
	Zone                = library.Zone
)

const LinkModeStatic = library.LinkModeStatic

var (
	NewController             = library.NewController
	IsBadRequestError         = library.IsBadRequestError
	IsCannotCompleteError     = library.IsCannotCompleteError
	IsDeserializationError    = library.IsDeserializationError
	IsNoMatchError            = library.IsNoMatchError
	IsPermissionError         = library.IsPermissionError
	IsUnexpectedError         = library.IsUnexpectedError
	IsUnsupportedVersionError = library.IsUnsupportedVersionError
)
