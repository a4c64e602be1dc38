"""Drives the unmodified python-libmaas through its calls and prints what each gave back.

The library knows no path by itself: it builds all of its calls from `describe/`. One JSON line a step,
as STEPS.md says; the driver judges nothing.
"""

import asyncio
import enum
import importlib.metadata
import json
import os
import warnings

warnings.simplefilter("ignore")

from maas.client import connect, login  # noqa: E402
from maas.client.enum import InterfaceType, IPRangeType, LinkMode  # noqa: E402

TARGET = json.loads(os.environ["MAASQUERADE_TARGET"])["maas"]
URL = TARGET["url"]
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8c1cSmRMyk0q5AjI8A5Nys3t0y4cQ9i2bqQkT8w1Xo me@example.com"
# Long enough that the library breaks its base64 into lines.
USER_DATA = b"#cloud-config\n" + b"# a comment that is sent along\n" * 6
# The simulated clock moves with the requests, so that waiting for real would only take time.
SOON = 0.01


class Needs(Exception):
    """An earlier step did not give what this one works on."""

    def __str__(self):
        return "needs " + super().__str__()


def plain(value):
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


kept = {}


def need(*names):
    for name in names:
        if name not in kept:
            raise Needs(name)
    return kept[names[0]] if len(names) == 1 else tuple(kept[name] for name in names)


STEPS = []


def step(name):
    def register(function):
        STEPS.append((name, function))
        return function

    return register


async def run_all():
    for name, function in STEPS:
        said = {"step": name}
        try:
            said.update(ok=True, value=plain(await function()))
        except Needs as error:
            said.update(ok=False, error=str(error))
        except Exception as error:
            text = str(error)
            status = getattr(error, "status", None)
            said.update(
                ok=False,
                error=f"{type(error).__name__}: {text}",
                value={"class": type(error).__name__, "status": plain(status)},
            )
        print(json.dumps(said), flush=True)


def machine_of(machine):
    return {
        "systemId": machine.system_id,
        "hostname": machine.hostname,
        "fqdn": machine.fqdn,
        "status": machine.status,
        "statusName": machine.status_name,
        "powerState": machine.power_state,
        "powerType": machine.power_type,
        "nodeType": machine.node_type,
        "cpus": machine.cpus,
        "memory": machine.memory,
        "architecture": machine.architecture,
        "locked": machine.locked,
        "netboot": machine.netboot,
        "osystem": machine.osystem,
        "distroSeries": machine.distro_series,
        "ownerData": machine.owner_data,
        "ipAddresses": machine.ip_addresses,
    }


async def refresh(machine):
    return await kept["client"].machines.get(machine.system_id)


# --- getting in -------------------------------------------------------------------------------------


@step("client")
async def _():
    return {"library": "python-libmaas", "version": importlib.metadata.version("python-libmaas")}


@step("connect-anonymous")
async def _():
    anonymous = await connect(URL)
    version = await anonymous.version.get()
    return {"version": version.version, "subversion": version.subversion, "capabilities": version.capabilities}


@step("connect")
async def _():
    kept["client"] = await connect(URL, apikey=TARGET["apiKey"])
    return sorted(name for name in vars(type(kept["client"])) if not name.startswith("_"))


@step("describe")
async def _():
    session = need("client")._origin.session
    description = session.description
    return {
        "hash": session.description.get("hash"),
        "doc": description.get("doc"),
        "resources": [
            {
                "name": one["name"],
                "anon": one["anon"] and one["anon"]["path"],
                "auth": one["auth"] and one["auth"]["path"],
            }
            for one in description["resources"]
        ],
    }


@step("handlers")
async def _():
    session = need("client")._origin.session
    handlers = {}
    for name in dir(session):
        handler = getattr(session, name, None)
        if not name.startswith("_") and hasattr(handler, "actions"):
            handlers[name] = {"path": handler.path, "params": sorted(handler.params), "actions": sorted(action for action, _ in handler.actions)}
    return handlers


@step("whoami")
async def _():
    user = await need("client").users.whoami()
    return {"username": user.username, "email": user.email, "isAdmin": user.is_admin}


@step("bad-key")
async def _():
    client = await connect(URL, apikey="a" * 18 + ":" + "b" * 18 + ":" + "c" * 32)
    await client.users.whoami()


@step("malformed-key")
async def _():
    await connect(URL, apikey="no-key")


@step("connect-nowhere")
async def _():
    await connect(URL.rstrip("/") + "/nowhere/", apikey=TARGET["apiKey"])


@step("users-create")
async def _():
    user = await need("client").users.create("libmaas", "opensesame", email="libmaas@example.com")
    return {"username": user.username, "email": user.email, "isAdmin": user.is_admin}


@step("login")
async def _():
    kept["other"] = await login(URL, username="libmaas", password="opensesame")
    return (await kept["other"].users.whoami()).username


@step("login-wrong-password")
async def _():
    await login(URL, username="libmaas", password="closesesame")


@step("users")
async def _():
    return [one.username for one in await need("client").users.list()]


@step("credentials")
async def _():
    made = await need("client").account.create_credentials()
    await (await connect(URL, apikey=str(made))).users.whoami()
    await need("client").account.delete_credentials(made)
    return {"consumer": len(made.consumer_key), "token": len(made.token_key), "secret": len(made.token_secret)}


@step("ssh-keys")
async def _():
    keys = need("client").ssh_keys
    made = await keys.create(SSH_KEY)
    listed = [one.key for one in await keys.list()]
    return {"made": made.key, "got": (await keys.get(made.id)).key, "listed": listed}


# --- reading ----------------------------------------------------------------------------------------


@step("machines")
async def _():
    listed = list(await need("client").machines.list())
    kept["machines"] = listed
    return [machine_of(one) for one in listed]


@step("machine")
async def _():
    machine = await need("client").machines.get(need("machines")[0].system_id)
    kept["machine"] = machine
    return {**machine_of(machine), "zone": machine.zone.name, "pool": machine.pool.name, "domain": machine.domain.name}


@step("machine-unknown")
async def _():
    await need("client").machines.get("zzzzzz")


@step("machines-by-hostname")
async def _():
    asked = need("machines")[1].hostname
    found = await need("client").machines.list(hostnames=[asked])
    return {"asked": asked, "found": [one.hostname for one in found]}


@step("machine-interfaces")
async def _():
    return [
        {
            "id": one.id,
            "name": one.name,
            "type": one.type,
            "mac": one.mac_address,
            "enabled": one.enabled,
            "effectiveMtu": one.effective_mtu,
            "tags": one.tags,
            # An interface that nothing is plugged into has none.
            "vlan": one.vlan and one.vlan.vid,
            "links": [{"id": link.id, "mode": link.mode} for link in one.links],
        }
        for one in need("machine").interfaces
    ]


@step("machine-block-devices")
async def _():
    return [
        {
            "id": one.id,
            "name": one.name,
            "type": one.type,
            "size": one.size,
            "blockSize": one.block_size,
            "model": one.model,
            "partitions": [part.size for part in one.partitions],
        }
        for one in need("machine").block_devices
    ]


@step("machine-boot-disk")
async def _():
    machine = need("machine")
    return {"disk": machine.boot_disk.id, "interface": machine.boot_interface.id}


@step("machine-tags")
async def _():
    return [tag.name for tag in need("machine").tags]


@step("machine-storage-groups")
async def _():
    machine = need("machine")
    groups = (machine.volume_groups, machine.raids, machine.bcaches, machine.cache_sets)
    return [len(list(one)) for one in groups]


@step("machine-details")
async def _():
    return sorted(await need("machine").get_details())


@step("power-parameters")
async def _():
    return await need("machine").get_power_parameters()


@step("power-parameters-for")
async def _():
    ids = [one.system_id for one in need("machines")[:2]]
    return {"asked": ids, "found": sorted(await need("client").machines.get_power_parameters_for(ids))}


@step("zones")
async def _():
    return [{"name": one.name, "description": one.description} for one in await need("client").zones.list()]


@step("pools")
async def _():
    return [{"id": one.id, "name": one.name} for one in await need("client").resource_pools.list()]


@step("domains")
async def _():
    return [{"id": one.id, "name": one.name} for one in await need("client").domains.list()]


@step("tags")
async def _():
    return [one.name for one in await need("client").tags.list()]


@step("fabrics")
async def _():
    return [
        {"id": one.id, "name": one.name, "vlans": [vlan.vid for vlan in one.vlans]}
        for one in await need("client").fabrics.list()
    ]


@step("fabric-default")
async def _():
    return (await need("client").fabrics.get_default()).name


@step("spaces")
async def _():
    return [{"id": one.id, "name": one.name} for one in await need("client").spaces.list()]


@step("subnets")
async def _():
    kept["subnets"] = list(await need("client").subnets.list())
    return [
        {"id": one.id, "cidr": one.cidr, "vlan": one.vlan.vid, "managed": one.managed, "dns": one.dns_servers}
        for one in kept["subnets"]
    ]


@step("boot-resources")
async def _():
    kept["resources"] = list(await need("client").boot_resources.list())
    return [{"id": one.id, "name": one.name, "architecture": one.architecture} for one in kept["resources"]]


@step("boot-resource")
async def _():
    found = await need("client").boot_resources.get(need("resources")[0].id)
    return {"name": found.name, "sets": sorted(found.sets)}


@step("rack-controllers")
async def _():
    return [one.system_id for one in await need("client").rack_controllers.list()]


@step("region-controllers")
async def _():
    return [one.system_id for one in await need("client").region_controllers.list()]


@step("config")
async def _():
    maas = need("client").maas
    await maas.set_name("renamed")
    return {
        "name": await maas.get_name(),
        "defaultOs": await maas.get_default_os(),
        "series": await maas.get_default_distro_series(),
        "commissioning": await maas.get_commissioning_distro_series(),
        "layout": await maas.get_default_storage_layout(),
        "proxy": await maas.get_enable_http_proxy(),
        "upstreamDns": await maas.get_upstream_dns(),
    }


# --- changing what machines are sorted by -----------------------------------------------------------


@step("zone-crud")
async def _():
    zones = need("client").zones
    zone = await zones.create("libmaas-zone", "made by hand")
    zone.description = "changed"
    await zone.save()
    changed = (await zones.get("libmaas-zone")).description
    await zone.delete()
    return {"changed": changed, "left": "libmaas-zone" in [one.name for one in await zones.list()]}


@step("pool-crud")
async def _():
    pools = need("client").resource_pools
    pool = await pools.create("libmaas-pool", "made by hand")
    pool.description = "changed"
    await pool.save()
    changed = (await pools.get(pool.id)).description
    await pool.delete()
    return {"changed": changed, "left": "libmaas-pool" in [one.name for one in await pools.list()]}


@step("domain-crud")
async def _():
    domains = need("client").domains
    domain = await domains.create("libmaas.example", ttl=60)
    got = await domains.get(domain.id)
    await domain.delete()
    return {"name": got.name, "ttl": got.ttl, "left": "libmaas.example" in [one.name for one in await domains.list()]}


@step("tag-crud")
async def _():
    client, machine = need("client", "machine")
    tag = await client.tags.create("libmaas-tag", comment="made by hand")
    await machine.tags.add(tag)
    tagged = [one.name for one in (await refresh(machine)).tags]
    await machine.tags.remove(tag)
    untagged = [one.name for one in (await refresh(machine)).tags]
    await tag.delete()
    return {"tagged": tagged, "untagged": untagged, "left": "libmaas-tag" in [one.name for one in await client.tags.list()]}


@step("network-crud")
async def _():
    client = need("client")
    fabric = await client.fabrics.create(name="libmaas-fabric")
    vlan = await fabric.vlans.create(42, name="answers", mtu=9000)
    space = await client.spaces.create(name="libmaas-space")
    vlan.space = space
    await vlan.save()
    subnet = await client.subnets.create("192.168.42.0/24", vlan, name="libmaas-subnet", gateway_ip="192.168.42.1")
    subnet.name = "renamed"
    await subnet.save()
    got = await client.subnets.get(subnet.id)
    ip_range = await client.ip_ranges.create("192.168.42.10", "192.168.42.20", type=IPRangeType.RESERVED, subnet=subnet)
    ranges = [one.start_ip for one in await client.ip_ranges.list()]
    await ip_range.delete()
    await subnet.delete()
    await vlan.delete()
    await space.delete()
    await fabric.delete()
    return {
        "vid": vlan.vid,
        "mtu": vlan.mtu,
        "subnet": {"name": got.name, "cidr": got.cidr, "gateway": got.gateway_ip, "vlan": got.vlan.vid},
        "ranges": ranges,
        "left": [one.name for one in await client.fabrics.list() if one.name == "libmaas-fabric"],
    }


@step("static-route-crud")
async def _():
    client, subnets = need("client", "subnets")
    source, destination = subnets[0], subnets[1]
    gateway = source.cidr.rsplit(".", 1)[0] + ".1"
    route = await client.static_routes.create(destination, source, gateway, 7)
    got = await client.static_routes.get(route.id)
    await route.delete()
    return {"gateway": got.gateway_ip, "metric": got.metric, "asked": gateway, "left": len(list(await client.static_routes.list()))}


@step("device-crud")
async def _():
    devices = need("client").devices
    device = await devices.create(["52:54:00:aa:bb:cc"], hostname="libmaas-device")
    got = await devices.get(device.system_id)
    await device.delete()
    left = [one.hostname for one in await devices.list()]
    return {"hostname": got.hostname, "macs": [one.mac_address for one in got.interfaces], "left": left}


@step("machine-create")
async def _():
    machines = need("client").machines
    machine = await machines.create(
        "amd64", ["52:54:00:aa:bb:dd"], "manual", {}, hostname="libmaas-machine"
    )
    made = machine_of(machine)
    await machine.delete()
    return made


# --- the life of a machine --------------------------------------------------------------------------


@step("allocate")
async def _():
    machine = await need("client").machines.allocate(comment="by libmaas", agent_name="libmaas")
    kept["taken"] = machine
    return machine_of(machine)


@step("allocate-constrained")
async def _():
    zone = next(one for one in await need("client").zones.list())
    machine = await need("client").machines.allocate(zone=zone.name, cpus=1, memory=512, dry_run=True)
    return {"zone": machine.zone.name, "asked": zone.name, "cpus": machine.cpus, "memory": machine.memory}


@step("allocate-not-zones")
async def _():
    # The library sends a name that MAAS does not know, so MAAS excludes nothing.
    names = [one.name for one in await need("client").zones.list()]
    machine = await need("client").machines.allocate(not_zones=names, dry_run=True)
    return {"asked": names, "zone": machine.zone.name}


@step("allocate-no-match")
async def _():
    await need("client").machines.allocate(cpus=100000)


@step("set-owner-data")
async def _():
    machine = need("taken")
    machine.owner_data["who"] = "libmaas"
    await machine.save()
    return (await refresh(machine)).owner_data


@step("interface-links")
async def _():
    machine = await refresh(need("taken"))
    interface = machine.boot_interface
    before = [link.id for link in interface.links]
    interface = next(one for one in machine.interfaces if one.id == interface.id)
    subnet = next(one for one in need("subnets") if one.vlan.id == interface.vlan.id)
    made = await interface.links.create(LinkMode.DHCP, subnet=subnet)
    # A link fresh from create() does not know its interface, so it is read again to be deleted.
    read = (await refresh(machine)).interfaces
    await next(link for one in read for link in one.links if link.id == made.id).delete()
    after = [link.id for link in (await refresh(machine)).boot_interface.links]
    return {"before": before, "made": made.id, "mode": made.mode, "after": after}


@step("interface-vlan")
async def _():
    client, machine = kept["client"], await refresh(need("taken"))
    parent = machine.interfaces[0]
    fabric = await client.fabrics.get(parent.vlan.fabric.id)
    vlan = await fabric.vlans.create(77)
    made = await machine.interfaces.create(InterfaceType.VLAN, parent=parent, vlan=vlan)
    names = [one.name for one in (await client.machines.get(machine.system_id)).interfaces]
    await made.delete()
    return {"parent": parent.name, "made": made.name, "type": made.type, "names": names}


@step("partition-crud")
async def _():
    # One that nobody has: on others MAAS lets no disk be changed.
    ready = [one for one in need("machines") if one.status_name == "Ready"]
    machine = await refresh(ready[-1])
    disk = next((one for one in machine.block_devices if not list(one.partitions)), None)
    if disk is None:
        raise Needs("a disk without partitions")
    part = await disk.partitions.create(1024 * 1024 * 1024)
    await part.format("ext4")
    await part.mount("/srv")
    mounted = part.filesystem.mount_point
    await part.umount()
    await part.delete()
    return {"mounted": mounted, "left": len(list((await refresh(machine)).block_devices.get_by_name(disk.name).partitions))}


@step("power-query")
async def _():
    return await need("machine").query_power_state()


@step("deploy")
async def _():
    machine = need("taken")
    await machine.deploy(user_data=USER_DATA, distro_series="jammy", comment="by libmaas")
    return machine_of(machine)


@step("deploy-wait")
async def _():
    machine = need("taken")
    while machine.status_name == "Deploying":
        await asyncio.sleep(SOON)
        machine = await refresh(machine)
    kept["taken"] = machine
    return machine_of(machine)


@step("lock")
async def _():
    machine = need("taken")
    await machine.lock(comment="by libmaas")
    locked = machine.locked
    await machine.unlock()
    return {"locked": locked, "after": machine.locked}


@step("deploy-again")
async def _():
    await need("taken").deploy()


@step("rescue-mode")
async def _():
    machine = need("taken")
    await machine.enter_rescue_mode(wait=SOON)
    inside = machine.status_name
    await machine.exit_rescue_mode(wait=True, wait_interval=SOON)
    return {"inside": inside, "after": machine.status_name}


@step("power-off")
async def _():
    machine = need("taken")
    await machine.power_off(comment="by libmaas")
    return machine.power_state


@step("release")
async def _():
    machine = await refresh(need("taken"))
    await machine.release(comment="by libmaas", wait=True, wait_interval=SOON)
    return machine_of(machine)


@step("commission")
async def _():
    machine = await refresh(need("taken"))
    await machine.commission(testing_scripts="none")
    during = machine.status_name
    while machine.status_name == "Commissioning":
        await asyncio.sleep(SOON)
        machine = await refresh(machine)
    return {"during": during, "after": machine.status_name}


@step("abort")
async def _():
    machine = await refresh(need("taken"))
    await machine.commission(testing_scripts="none")
    during = machine.status_name
    await machine.abort()
    return {"during": during, "after": machine.status_name}


@step("mark-broken")
async def _():
    machine = await need("client").machines.allocate()
    await machine.mark_broken(comment="by libmaas")
    broken = machine.status_name
    await machine.mark_fixed()
    return {"broken": broken, "fixed": machine.status_name}


@step("not-mine")
async def _():
    other, machine = need("other", "machine")
    await (await other.machines.get(machine.system_id)).mark_broken()


@step("events")
async def _():
    machine = need("machine")
    found = await kept["client"].events.query(system_ids=[machine.system_id], level="DEBUG", limit=20)
    return [
        {"id": one.event_id, "type": one.event_type, "level": one.level, "hostname": one.hostname, "created": one.created}
        for one in found
    ]


@step("events-prev")
async def _():
    found = await need("client").events.query(level="DEBUG", limit=2)
    # prev() answers a coroutine that has to be awaited once more.
    older = await found.prev()
    older = await older if asyncio.iscoroutine(older) else older
    return {"ids": [one.event_id for one in found], "older": [one.event_id for one in older]}


asyncio.run(run_all())
