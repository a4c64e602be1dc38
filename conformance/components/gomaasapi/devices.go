package main

// What the driver makes and removes again. The names say whose it is, should a run break off.
const (
	deviceName   = "maasquerade-device"
	fileName     = "maasquerade-driver.txt"
	fileContent  = "written by the maasquerade driver\nsecond line: \u00e4\u00f6\u00fc\n"
	firstMAC     = "52:54:00:6d:71:01"
	secondMAC    = "52:54:00:6d:71:02"
	secondDevice = "eth1"
)

func (r *run) devicesAndFiles() {
	r.step("create-device", []string{"connect"}, func() (any, error) {
		device, err := r.controller.CreateDevice(CreateDeviceArgs{
			Hostname:     deviceName,
			MACAddresses: []string{firstMAC},
		})
		if err != nil {
			return nil, err
		}
		r.device = device
		return object{
			"systemId":   device.SystemID(),
			"hostname":   device.Hostname(),
			"interfaces": each(device.InterfaceSet(), interfaceOf),
		}, nil
	})
	r.step("device-create-interface", []string{"create-device", "spaces"}, func() (any, error) {
		if r.subnet == nil {
			return nil, errNoSubnet
		}
		iface, err := r.device.CreateInterface(CreateInterfaceArgs{
			Name:       secondDevice,
			MACAddress: secondMAC,
			VLAN:       r.subnet.VLAN(),
		})
		if err != nil {
			return nil, err
		}
		r.iface = iface
		return object{"interface": interfaceOf(iface)}, nil
	})
	r.step("device-link-subnet", []string{"device-create-interface"}, func() (any, error) {
		err := r.iface.LinkSubnet(LinkSubnetArgs{Mode: LinkModeStatic, Subnet: r.subnet})
		if err != nil {
			return nil, err
		}
		return object{"links": each(r.iface.Links(), linkOf)}, nil
	})
	r.step("delete-device", []string{"create-device"}, func() (any, error) {
		return object{}, r.device.Delete()
	})
	r.step("delete-device-again", []string{"delete-device"}, func() (any, error) {
		return object{}, r.device.Delete()
	})

	r.step("file-add", []string{"connect"}, func() (any, error) {
		return object{}, r.controller.AddFile(AddFileArgs{Filename: fileName, Content: []byte(fileContent)})
	})
	r.step("files", []string{"connect"}, func() (any, error) {
		files, err := r.controller.Files("")
		return each(files, File.Filename), err
	})
	r.step("file-read", []string{"file-add"}, func() (any, error) {
		file, err := r.controller.GetFile(fileName)
		if err != nil {
			return nil, err
		}
		content, err := file.ReadAll()
		return object{"filename": file.Filename(), "asked": fileContent, "content": string(content)}, err
	})
	r.step("file-delete", []string{"file-read"}, func() (any, error) {
		file, err := r.controller.GetFile(fileName)
		if err != nil {
			return nil, err
		}
		return object{}, file.Delete()
	})
	r.step("file-get-missing", []string{"connect"}, func() (any, error) {
		_, err := r.controller.GetFile("maasquerade-no-such-file")
		return object{}, err
	})
}
