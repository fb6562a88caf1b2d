// Drives the official Node.js SDK against the endpoint in SDK_ENDPOINT (a URL); see ../README.md.
'use strict';

const fs = require('fs');
const path = require('path');
const eci = require('@alicloud/eci20180808');
const { Config } = require('@alicloud/openapi-client');
const tea = require('@alicloud/tea-typescript');

const Client = eci.default;
const REGION = 'cn-hangzhou';
const GROUP = JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'group.json'), 'utf8'));

function client(accessKeySecret = 'test-secret') {
  const [protocol, endpoint] = process.env.SDK_ENDPOINT.split('://');
  return new Client(new Config({ accessKeyId: 'test-key', accessKeySecret, regionId: REGION, protocol, endpoint }));
}

// `old` with what newer SDKs know: lists are continued.
function merged(old, newer) {
  const result = { ...old };
  for (const [key, value] of Object.entries(newer)) {
    result[key] = Array.isArray(value) && key in result ? result[key].concat(value) : value;
  }
  return result;
}

// What of `expected` is not in `actual`; a text that starts with ~ is a regular expression.
function differences(expected, actual, at) {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) {
      return [`${at}: ${JSON.stringify(actual)} instead of ${expected.length} items`];
    }
    return expected.flatMap((value, index) => differences(value, actual[index], `${at}[${index}]`));
  }
  if (expected !== null && typeof expected === 'object') {
    return Object.entries(expected).flatMap(([key, value]) => differences(value, (actual || {})[key], `${at}.${key}`));
  }
  const same = typeof expected === 'string' && expected.startsWith('~')
    ? typeof actual === 'string' && new RegExp(expected.slice(1)).test(actual)
    : expected === actual;
  return same ? [] : [`${at}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`];
}

function check(expected, actual, at = 'reply') {
  const problems = differences(expected, actual, at);
  if (problems.length > 0) throw new Error(problems.join('; '));
}

// The error that `call` is to end with.
async function refused(code, call) {
  try {
    await call();
  } catch (error) {
    check(code, error.code, `code of ${error}`);
    return error;
  }
  throw new Error(`not refused with ${code}`);
}

async function until(condition, what) {
  const limit = Date.now() + 15000;
  while (!(await condition())) {
    if (Date.now() > limit) throw new Error(`not within 15 s: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

const cloud = client();
const mine = { key: 'sdk', value: 'node' };
const request = tea.cast(
  { ...merged(GROUP.request, GROUP.newer.request), RegionId: REGION }, new eci.CreateContainerGroupRequest({}));
request.tag.push(new eci.CreateContainerGroupRequestTag(mine));
const view = merged(GROUP.view, GROUP.newer.view);
view.Tags = view.Tags.concat([{ Key: 'sdk', Value: 'node' }]);
const ids = [];

const inMain = () => ({ regionId: REGION, containerGroupId: ids[0], containerName: 'main' });

async function describe(filters) {
  return (await cloud.describeContainerGroups(
    new eci.DescribeContainerGroupsRequest({ regionId: REGION, ...filters }))).body;
}

async function described() {
  const groups = (await describe({ containerGroupIds: JSON.stringify(ids.slice(0, 1)) })).containerGroups;
  check(1, groups.length, 'groups of this id');
  return tea.toMap(groups[0]);
}

async function execute() {
  return (await cloud.execContainerCommand(new eci.ExecContainerCommandRequest(
    { ...inMain(), sync: true, command: JSON.stringify(['echo', 'hi', 'ü&<x>']) }))).body;
}

const steps = {
  async create() {
    ids.push((await cloud.createContainerGroup(request)).body.containerGroupId);
    check('~^eci-', ids[0], 'id');
  },
  async 'read back'() {
    await until(async () => (await described()).Status === 'Running', 'Running');
    check(view, await described(), 'group');
    if (JSON.stringify(await described()).includes('s3cret')) throw new Error('the password of the registry is shown');
  },
  async 'read status'() {
    const reply = await cloud.describeContainerGroupStatus(
      new eci.DescribeContainerGroupStatusRequest({ regionId: REGION, containerGroupIds: JSON.stringify(ids) }));
    check([{
      ContainerGroupId: ids[0], Name: 'sdk-test', Status: 'Running',
      PodStatus: {
        Phase: 'Running', PodIp: (await described()).IntranetIp,
        Conditions: [{}, {}, {}, {}, { type: 'Ready', status: 'True' }],
        ContainerStatuses: [{ Name: 'main', Ready: true }, { Name: 'side' }, { Name: 'third' }],
      },
    }], tea.toMap(reply.body).Data, 'data');
  },
  async execute() {
    check('hi ü&<x>\n', (await execute()).syncResponse, 'SyncResponse');
  },
  async 'read log'() {
    const reply = await cloud.describeContainerLog(new eci.DescribeContainerLogRequest(inMain()));
    check({ ContainerName: 'main', Content: 'hello from main\n' }, tea.toMap(reply.body));
  },
  async 'list pages'() {
    for (const containerGroupName of ['two', 'three']) {
      ids.push((await cloud.createContainerGroup(new eci.CreateContainerGroupRequest({
        regionId: REGION, containerGroupName,
        container: [new eci.CreateContainerGroupRequestContainer({ name: 'main', image: 'registry.example/x:1' })],
        tag: [new eci.CreateContainerGroupRequestTag(mine)],
      }))).body.containerGroupId);
    }
    const filter = { tag: [new eci.DescribeContainerGroupsRequestTag(mine)], limit: 2 };
    const first = await describe(filter);
    const second = await describe({ ...filter, nextToken: first.nextToken });
    check([2, 1, 3], [first.containerGroups.length, second.containerGroups.length, first.totalCount], 'page sizes, total');
    const found = first.containerGroups.concat(second.containerGroups).map((group) => group.containerGroupId);
    check([...ids].sort(), found.sort(), 'ids');
  },
  async 'dry run'() {
    request.dryRun = true;
    await refused('DryRunOperation', () => cloud.createContainerGroup(request));
    const left = await describe({ tag: [new eci.DescribeContainerGroupsRequestTag(mine)] });
    check(3, left.totalCount, 'groups');
  },
  async 'wrong key'() {
    const error = await refused(
      'SignatureDoesNotMatch', () => client('wrong').describeRegions(new eci.DescribeRegionsRequest({})));
    check('~Specified signature is not matched[^]*request id: [0-9A-F-]{36}', error.message, 'message');
    check({ statusCode: 400, RequestId: '~^[0-9A-F-]{36}$', HostId: '~.' }, error.data, 'data');
  },
  async delete() {
    for (const containerGroupId of ids) {
      await cloud.deleteContainerGroup(new eci.DeleteContainerGroupRequest({ regionId: REGION, containerGroupId }));
    }
    // What was deleted stays listed for an hour, as ended.
    await until(async () => (await described()).Status === 'Failed', 'ended');
    const ended = { CurrentState: { State: 'Terminated' } };
    check({ Status: 'Failed', FailedTime: '~Z$', Containers: [ended, ended, ended] }, await described());
    await refused('IncorrectStatus', execute);
  },
};

async function main() {
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
      console.log(`ok      node: ${name}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`FAILED  node: ${name}: ${error}`);
    }
  }
}

main();
