#include "test/provider/agent/agent_world.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "proto/kubernetes/coordination/v1/lease.pb.h"
#include "proto/kubernetes/core/v1/event.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;

constexpr char kNamespace[] = "default";
const kube::ObjectKey kLease{.ns = "kube-system", .name = "virtual-node-vk", .subresource = {}};

std::vector<fake::AccessKey> Keys(const std::string& secret) {
  return {{.id = "key", .secret = base::SecretString(secret), .token = {}},
          {.id = "temporary",
           .secret = base::SecretString(secret),
           .token = base::SecretString("fresh")}};
}

fake::CloudOptions Instant() {
  fake::CloudOptions options;
  options.flow_limits = false;
  return options;
}

AgentOptions Options() {
  AgentOptions options;
  options.process = "this-process";
  options.facts.identity.cluster_id = "c1";
  options.facts.identity.node_name = "vk";
  options.facts.node_ip = "192.0.2.7";
  options.facts.region = "cn-hangzhou";
  options.facts.v_switch_ids = {"vsw-1"};
  options.facts.security_group_ids = {"sg-1"};
  options.facts.cluster_domain = "cluster.local";
  options.node.name = "vk";
  options.node.ip = "192.0.2.7";
  options.node.region = "cn-hangzhou";
  options.node.zone = "cn-hangzhou-h";
  options.node.version = "v1.36.0";
  options.status.node_ip = "192.0.2.7";
  return options;
}

}  // namespace

void GivenCredentials::Give(std::string id, std::string secret, std::string token) {
  credentials_ = {std::move(id), base::SecretString(std::move(secret)),
                  base::SecretString(std::move(token)), std::nullopt};
}

boost::asio::awaitable<base::Result<eci::Credentials>> GivenCredentials::Get(base::TimePoint) {
  co_return credentials_;
}

AgentWorld::AgentWorld(std::function<void(AgentOptions*)> change)
    : change_(std::move(change)),
      cloud_(Instant(), cloud_clock_, base::Random(3)),
      authenticator_(Keys(kSecret)) {
  credentials_.Give("key", kSecret);
  MakeAgent({.lifted = true});
  tasks_.Spawn("cloud", cloud_driver_.Run());
}

void AgentWorld::MakeAgent(eci::RateLimitOptions limits) {
  agent_.reset();
  eci::ChannelOptions channel;
  channel.http.host = kCloudHost;
  channel.rate_limit = std::move(limits);
  channel_ = eci::MakeChannel(channel, {.transport = wire_,
                                        .credentials = credentials_,
                                        .clock = agent_clock_,
                                        .random = random_,
                                        .log = agent_log_,
                                        .metrics = metrics_,
                                        .executor = io_.get_executor()});
  eci_ = std::make_unique<eci::EciClient>(*channel_, "cn-hangzhou");
  AgentOptions options = Options();
  if (change_) change_(&options);
  agent_ = std::make_unique<NodeAgent>(
      std::move(options),
      NodeAgent::Parts{.api = kube_,
                       .cloud = *eci_,
                       .clock = agent_clock_,
                       .log = agent_log_,
                       .metrics = metrics_},
      random_.Split("agent"), [](std::string_view) { return false; }, io_.get_executor());
}

AgentWorld::~AgentWorld() {
  kube_faults_.error.reset();
  kube_faults_.refuse = nullptr;
  if (agent_tasks_) agent_tasks_->Cancel();
  tasks_.Cancel();
  clock_.Advance(30s);
  kube_client_.Detach();
}

void AgentWorld::Start() {
  agent_tasks_ = std::make_unique<base::TaskGroup>(io_.get_executor());
  agent_tasks_->Spawn("agent", agent_->Run());
  clock_.Advance(3s);
}

void AgentWorld::Stop() {
  agent_tasks_->Cancel();
  clock_.Advance(10s);
  ASSERT_EQ(agent_tasks_->size(), 0u);
}

void AgentWorld::CreatePod(const std::string& name, const std::string& annotation,
                           const std::string& value) {
  k8s::io::api::core::v1::Pod pod;
  pod.mutable_metadata()->set_name(name);
  pod.mutable_metadata()->set_namespace_(kNamespace);
  if (!annotation.empty()) (*pod.mutable_metadata()->mutable_annotations())[annotation] = value;
  pod.mutable_spec()->set_nodename(kNode);
  pod.mutable_spec()->set_restartpolicy("Always");
  pod.mutable_spec()->set_dnspolicy("Default");
  pod.mutable_spec()->set_terminationgraceperiodseconds(1);
  auto& container = *pod.mutable_spec()->add_containers();
  container.set_name("main");
  container.set_image("example/job:1");
  const auto made = server_.Create(kube::kPods, {.ns = kNamespace, .name = name, .subresource = {}},
                                   kube::ToBytes(pod));
  ASSERT_TRUE(made) << made.error().message;
}

k8s::io::api::core::v1::Pod AgentWorld::Pod(const std::string& name) const {
  k8s::io::api::core::v1::Pod pod;
  const auto bytes = server_.Get(kube::kPods, {.ns = kNamespace, .name = name, .subresource = {}});
  if (bytes) pod.ParseFromString(*bytes);
  return pod;
}

k8s::io::api::core::v1::Node AgentWorld::Node() const {
  k8s::io::api::core::v1::Node node;
  const auto bytes = server_.Get(kube::kNodes, {.ns = {}, .name = kNode, .subresource = {}});
  if (bytes) node.ParseFromString(*bytes);
  return node;
}

std::string AgentWorld::Condition(const std::string& type) const {
  const auto node = Node();
  for (const auto& condition : node.status().conditions()) {
    if (condition.type() == type) return condition.status() + " " + condition.reason();
  }
  return "absent";
}

bool AgentWorld::Tainted() const {
  const auto node = Node();
  return std::ranges::any_of(node.spec().taints(),
                             [](const auto& taint) { return taint.key() == kCloudTaint; });
}

std::vector<std::string> AgentWorld::Events(const std::string& name) const {
  std::vector<std::string> texts;
  const auto page = server_.List(kube::kEvents, "", {});
  if (!page) return texts;
  for (const std::string& item : page->items) {
    k8s::io::api::core::v1::Event event;
    event.ParseFromString(item);
    if (event.involvedobject().name() == name)
      texts.push_back(event.reason() + ": " + event.message());
  }
  return texts;
}

std::string AgentWorld::Metric(const std::string& name_and_labels) const {
  std::istringstream lines(metrics_.Text());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name_and_labels + " ")) return line.substr(name_and_labels.size() + 1);
  }
  return {};
}

int AgentWorld::LivingGroups() const {
  return static_cast<int>(std::ranges::count_if(
      cloud_.groups(), [](const fake::GroupRecord& group) { return !group.Ended(); }));
}

int AgentWorld::CallsOf(const std::string& action) const {
  return static_cast<int>(std::ranges::count(cloud_.calls(), action, &fake::CallRecord::action));
}

std::string AgentWorld::LeaseHolder() const {
  k8s::io::api::coordination::v1::Lease lease;
  const auto bytes = server_.Get(kube::kLeases, kLease);
  EXPECT_TRUE(bytes && lease.ParseFromString(*bytes));
  return lease.spec().holderidentity();
}

void AgentWorld::WriteLease(const std::string& holder) {
  k8s::io::api::coordination::v1::Lease lease;
  ASSERT_TRUE(lease.ParseFromString(server_.Get(kube::kLeases, kLease).value()));
  lease.mutable_spec()->set_holderidentity(holder);
  lease.mutable_spec()->set_leasetransitions(lease.spec().leasetransitions() + 1);
  ASSERT_TRUE(server_.Update(kube::kLeases, kLease, kube::ToBytes(lease)));
}

void AgentWorld::CloudRefuses(const std::string& action, const std::string& code) {
  cloud_.faults().Add({.action = action, .caller = {}, .code = code});
}

}  // namespace vk::agent
