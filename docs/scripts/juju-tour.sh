#!/bin/sh
# A real juju 3.6 against the fake controller, command by command: each must end as said and print
# what is expected. Needs JUJU_BIN (a juju 3.6 client), curl, and a world:
#
#   maasquerade up --machines 10 --agents 3.6.20=100 --write ./out --json > up.json &
#   JUJU_BIN=/path/to/juju docs/scripts/juju-tour.sh ./out up.json
#
# It changes the world: bring it up anew for the next run.
set -u
out=$1
up=$2
juju=${JUJU_BIN:?path of a juju 3.6 client}
JUJU_DATA=$(cd "$out/juju" && pwd)
export JUJU_DATA
field() { sed "s/.*\"controller\":{[^}]*\"$1\":\"\([^\"]*\)\".*/\1/" "$up"; }
password=$(field password)
address=$(field address)
failed=0

# want PATTERN juju-arguments...: ends 0 and prints the pattern
want() { check 0 "$@"; }
# refuse PATTERN juju-arguments...: ends with a failure that says the pattern
refuse() { check 1 "$@"; }
check() {
  code=$1
  pattern=$2
  shift 2
  said=$("$juju" "$@" 2>&1 < /dev/null)
  got=$?
  [ "$got" -gt 0 ] && got=1
  if [ "$got" -eq "$code" ] && printf '%s\n' "$said" | grep -q -e "$pattern"; then
    echo "held    juju $*"
  else
    failed=$((failed + 1))
    echo "FAILED  juju $* (ended $got, wanted $code and '$pattern')"
    printf '%s\n' "$said" | sed 's/^/        /'
  fi
}

# Reading.
want 'controller' models
want 'started' status
want '3.6.20' show-model controller
want 'agent-version: 3.6.20' show-controller
want 'maas' clouds --controller maasquerade
want 'default' credentials --controller maasquerade
want 'released' model-defaults
want '250ms' controller-config agent-ratelimit-rate
want 'alpha' spaces
want '/24' subnets

# A model of one's own.
want "Added 'tour' model" add-model tour
refuse 'already exists' add-model tour
want '' model-config -m tour logging-config='<root>=DEBUG'
want 'DEBUG' model-config -m tour logging-config
want '' model-config -m tour --reset logging-config
refuse 'must be set via "upgrade-model"' model-config -m tour agent-version=3.6.20
want '' set-model-constraints -m tour mem=4G cores=2
want 'cores=2 mem=4096M' model-constraints -m tour
want 'created machine 0' add-machine -m tour
want 'created container 0/lxd/0' add-machine -m tour lxd:0
want 'pending' machines -m tour
refuse 'hosting containers' remove-machine -m tour 0 --no-prompt
want 'will remove machine 0' remove-machine -m tour 0 --force --no-prompt

# Users.
want 'User "bob" added' add-user bob
want 'bob' users
want 'disabled' disable-user bob
want 'enabled' enable-user bob
want '' grant bob read tour
refuse 'already has "read" access' grant bob read tour
want 'read' users tour
want '' revoke bob read tour
want '' grant bob superuser
want 'superuser' show-user bob
want 'removed' remove-user bob -y

# A block, and the end of the model.
want '' disable-command -m tour destroy-model careful
want 'careful' disabled-commands -m tour
refuse 'careful' destroy-model tour --no-prompt
want '' enable-command -m tour destroy-model
want 'Model destroyed' destroy-model tour --no-prompt

# An upgrade of the controller, with an agent binary that is given to it.
bin=$(mktemp -d)
printf '#!/bin/sh\n' > "$bin/jujud"
tar -C "$bin" -czf "$bin/agent.tgz" jujud
uuid=$("$juju" show-model controller --format json | sed 's/.*"model-uuid":"\([^"]*\)".*/\1/')
curl -sk -u "user-admin:$password" -H 'Content-Type: application/x-tar-gz' \
  --data-binary "@$bin/agent.tgz" \
  "https://$address/model/$uuid/tools?binaryVersion=3.6.28-ubuntu-amd64" > /dev/null
rm -r "$bin"
want '3.6.28' upgrade-controller --dry-run
want 'started upgrade to 3.6.28' upgrade-controller --agent-version 3.6.28
want 'no upgrades available' upgrade-controller --agent-version 3.7.1
want 'targets 3.6.28' debug-log -m controller --replay --no-tail

# A login without a stored password: the controller's own discharger asks for it.
bare=$(mktemp -d)
cp "$JUJU_DATA/controllers.yaml" "$JUJU_DATA/clouds.yaml" "$bare"
JUJU_DATA=$bare
if printf '%s\n' "$password" | "$juju" login -u admin -c maasquerade 2>&1 | grep -q 'Welcome, admin'; then
  echo 'held    juju login -u admin'
else
  failed=$((failed + 1))
  echo 'FAILED  juju login -u admin'
fi
want 'controller' models --uuid
rm -r "$bare"

echo "$failed failed"
[ "$failed" -eq 0 ]
