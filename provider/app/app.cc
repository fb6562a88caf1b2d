#include "provider/app/app.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <system_error>

#include "base/asio_clock.h"
#include "base/http/server.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/task_group.h"
#include "base/version.h"
#include "provider/agent/node_agent.h"
#include "provider/app/check.h"
#include "provider/app/cloud_access.h"
#include "provider/app/process_identity.h"
#include "provider/app/reloaded_credentials.h"
#include "provider/app/status_server.h"
#include "provider/controllers/image_cache_controller.h"
#include "provider/controllers/private_zone_controller.h"
#include "provider/kube/kube_client.h"
#include "provider/kube/kubeconfig.h"

namespace vk::app {
namespace {

using base::Error;
using base::ErrorCode;

#ifdef NDEBUG
constexpr bool kReleaseBuild = true;
#else
constexpr bool kReleaseBuild = false;
#endif
constexpr int kExitListen = 1;
constexpr int kExitConfiguration = 2;

base::Result<std::string> ReadFile(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (file) content << file.rdbuf();
  // An empty file makes the stream fail, too, but without a reason.
  if (file && (content || errno == 0)) return content.str();
  return std::unexpected(
      Error(ErrorCode::kNotFound,
            fmt::format("{}: cannot be read: {}", path, std::generic_category().message(errno))));
}

std::vector<std::string> AsList(const std::map<std::string, std::string>& environment) {
  std::vector<std::string> list;
  for (const auto& [name, value] : environment) list.push_back(name + "=" + value);
  return list;
}

agent::AgentOptions MakeAgentOptions(const config::Options& options) {
  agent::AgentOptions agent;
  agent.process = ProcessIdentity();
  agent.contain_pod_bugs = kReleaseBuild;
  agent.facts.identity = {.cluster_id = options.cluster_id,
                          .kube_system_uid = {},
                          .node_name = options.node_name,
                          .ns = {},
                          .pod_name = {},
                          .pod_uid = {}};
  agent.facts.node_ip = options.node_ip;
  agent.facts.region = options.region;
  agent.facts.v_switch_ids = options.v_switches;
  agent.facts.v_switch_zones = options.v_switch_zones;
  agent.facts.volume_permissions_image = options.volume_permissions_image;
  agent.facts.security_group_ids = options.security_groups;
  agent.facts.cluster_dns = options.cluster_dns;
  agent.facts.cluster_domain = options.cluster_domain;
  agent.facts.pod_apiserver = options.pod_apiserver;
  agent.facts.private_zone = options.private_zone != config::PrivateZone::kOff;
  agent.facts.run_daemonsets = options.run_daemonsets;
  agent.facts.longest_deletion_grace = options.longest_deletion_grace.count();
  agent.facts.strict_pod_fields = options.strict_pod_fields;
  agent.facts.runtime_classes = options.runtime_classes;
  agent.facts.replaced_host_paths = options.replaced_host_paths;
  agent.node.name = options.node_name;
  agent.node.ip = options.node_ip;
  agent.node.cluster_id = options.cluster_id;
  agent.node.region = options.region;
  agent.node.zone = options.zone;
  agent.node.cpu = options.quota_cpu;
  agent.node.memory = options.quota_memory;
  agent.node.pods = options.quota_pods;
  agent.node.gpus = options.quota_gpu;
  agent.node.version = base::kVersion;
  agent.status.node_ip = options.node_ip;
  agent.storage.enabled = options.storage_eviction;
  agent.token_lifetime = options.token_lifetime;
  agent.sweeper.orphan_grace = options.orphan_grace;
  agent.sweeper.mode = options.orphan_sweep == config::OrphanSweep::kOff ? agent::SweepMode::kOff
                       : options.orphan_sweep == config::OrphanSweep::kForce
                           ? agent::SweepMode::kForce
                           : agent::SweepMode::kOn;
  return agent;
}

controllers::PrivateZoneControllerOptions MakeZoneOptions(const config::Options& options) {
  return {.all = options.private_zone == config::PrivateZone::kAll,
          .cluster_id = options.cluster_id,
          .cluster_domain = options.cluster_domain,
          .region = options.region,
          .vpc = options.vpc,
          .process = ProcessIdentity()};
}

controllers::ImageCacheControllerOptions MakeCacheOptions(const config::Options& options) {
  return {.cluster_id = options.cluster_id,
          .place = {.v_switches = options.v_switches, .security_groups = options.security_groups},
          .process = ProcessIdentity()};
}

// Every part of the running program, in the order they are built. Members below refer to those
// above.
class Program {
 public:
  explicit Program(const config::Options& options)
      : options_(options),
        clock_(io_),
        random_(base::SystemSeed()),
        log_(base::MakeStderrLog(options.log_level)) {}

  // Errors: kInvalidArgument for what is wrong with the configuration.
  base::Status ConnectKube(const std::map<std::string, std::string>& environment) {
    runner_ = kube::MakeProcessRunner(io_.get_executor(), clock_);
    const kube::KubeAccessParts parts{.read = ReadFile,
                                      .clock = clock_,
                                      .runner = *runner_,
                                      .executor = io_.get_executor(),
                                      .environment = AsList(environment)};
    auto access = options_.kubeconfig.empty()
                      ? kube::LoadInCluster(InClusterFrom(environment), parts)
                      : kube::LoadKubeconfig(options_.kubeconfig, "", parts);
    if (!access) return std::unexpected(std::move(access).error());
    VK_TRY(client, kube::MakeKubeClient({}, *std::move(access), io_.get_executor(), clock_, *log_));
    kube_ = std::move(client);
    return {};
  }

  // Errors: kInvalidArgument for what is wrong with the configuration.
  base::Status ConnectCloud(ReloadedCredentials::Read read_credentials) {
    VK_TRY(cloud, CloudAccess::Make(options_, {.clock = clock_,
                                               .random = random_,
                                               .log = *log_,
                                               .metrics = metrics_,
                                               .executor = io_.get_executor(),
                                               .read_credentials = std::move(read_credentials),
                                               .read_file = ReadFile}));
    cloud_ = std::move(cloud);
    return {};
  }

  // Asks API server and cloud whether the settings work; prints what it finds.
  int Check() {
    int exit_code = 0;
    base::TaskGroup tasks(io_.get_executor());
    tasks.Spawn("check", RunCheck(this, &exit_code));
    io_.run();
    return exit_code;
  }

  int Run() {
    agent::AgentOptions agent_options = MakeAgentOptions(options_);
    auto servers = StartServers(
        {.options = options_, .clock = clock_, .log = *log_, .metrics = metrics_},
        [this] { return agent_ ? agent_->WhatIsMissing() : "the start"; }, io_.get_executor());
    if (!servers) {
      fmt::print(stderr, "virtual-node: {}\n", servers.error().message);
      return kExitListen;
    }
    servers_ = *std::move(servers);
    agent_options.node.kubelet_port = servers_->kubelet_port();
    agent_ = std::make_unique<agent::NodeAgent>(std::move(agent_options),
                                                agent::NodeAgent::Parts{.api = kube_->api(),
                                                                        .cloud = cloud_->groups(),
                                                                        .clock = clock_,
                                                                        .log = *log_,
                                                                        .metrics = metrics_},
                                                random_.Split("agent"), ProcessIsGone,
                                                io_.get_executor());
    MakeControllers();
    servers_->Serve(*agent_, kube_->api(), cloud_->groups());
    fmt::print("listening kubelet=https://{} metrics=http://{}\n", servers_->kubelet_address(),
               servers_->metrics_address());
    std::fflush(stdout);
    base::TaskGroup main_task(io_.get_executor());
    main_task.Spawn("main", RunUntilSignal(this));
    io_.run();
    return 0;
  }

 private:
  void MakeControllers() {
    if (options_.image_caches == config::ImageCaches::kOn) {
      image_caches_ = std::make_unique<controllers::ImageCacheController>(
          MakeCacheOptions(options_),
          controllers::ImageCacheController::Parts{.api = kube_->api(),
                                                   .caches = cloud_->image_caches(),
                                                   .events = agent_->recorder(),
                                                   .clock = clock_,
                                                   .log = *log_,
                                                   .metrics = metrics_},
          random_.Split("image caches"), ProcessIsGone, io_.get_executor());
    }
    if (cloud_->zones() == nullptr) return;
    private_zone_ = std::make_unique<controllers::PrivateZoneController>(
        MakeZoneOptions(options_),
        controllers::PrivateZoneController::Parts{.api = kube_->api(),
                                                  .zones = *cloud_->zones(),
                                                  .events = agent_->recorder(),
                                                  .clock = clock_,
                                                  .log = *log_,
                                                  .metrics = metrics_},
        random_.Split("private zone"), ProcessIsGone, io_.get_executor());
  }

  static kube::InCluster InClusterFrom(const std::map<std::string, std::string>& environment) {
    const auto value = [&](const char* name) {
      const auto found = environment.find(name);
      return found == environment.end() ? std::string() : found->second;
    };
    kube::InCluster where;
    where.host = value("KUBERNETES_SERVICE_HOST");
    where.port = value("KUBERNETES_SERVICE_PORT");
    return where;
  }

  static boost::asio::awaitable<void> RunCheck(Program* self, int* exit_code) {
    const std::vector<std::string> problems = co_await CheckRemotes(
        self->options_, self->kube_->api(), self->cloud_->groups(), self->clock_);
    for (const std::string& problem : problems) fmt::print(stderr, "virtual-node: {}\n", problem);
    if (problems.empty()) fmt::print("API server and cloud accept these settings\n");
    *exit_code = problems.empty() ? 0 : kExitConfiguration;
    self->io_.stop();
  }

  static boost::asio::awaitable<void> RunUntilSignal(Program* self) {
    base::TaskGroup agent_task(self->io_.get_executor());
    agent_task.Spawn("agent", self->agent_->Run());
    if (self->private_zone_) agent_task.Spawn("private zone", self->private_zone_->Run());
    if (self->image_caches_) agent_task.Spawn("image caches", self->image_caches_->Run());
    boost::asio::signal_set signals(self->io_, SIGTERM, SIGINT);
    const auto [error, signal] =
        co_await signals.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (!error) self->log_->Info("ending", {{"signal", std::to_string(signal)}});
    agent_task.Cancel();
    co_await agent_task.Join();
    co_await self->servers_->Stop();
    self->io_.stop();
  }

  const config::Options options_;
  boost::asio::io_context io_{1};
  base::AsioClock clock_;
  base::Random random_;
  std::unique_ptr<base::Log> log_;
  base::Metrics metrics_;
  std::unique_ptr<kube::CommandRunner> runner_;
  std::unique_ptr<kube::KubeClient> kube_;
  std::unique_ptr<CloudAccess> cloud_;
  std::unique_ptr<agent::NodeAgent> agent_;
  std::unique_ptr<controllers::PrivateZoneController> private_zone_;
  std::unique_ptr<controllers::ImageCacheController> image_caches_;
  std::unique_ptr<Servers> servers_;
};

void PrintProblems(const std::string& problems) {
  fmt::print(stderr, "virtual-node: the configuration is not usable:\n");
  std::istringstream lines(problems);
  for (std::string line; std::getline(lines, line);) fmt::print(stderr, "  {}\n", line);
}

}  // namespace

int Main(const Start& start) {
  const auto invocation = config::ReadInvocation(start.arguments, start.environment, ReadFile);
  if (!invocation) {
    PrintProblems(invocation.error().message);
    return kExitConfiguration;
  }
  if (invocation->command == config::Command::kHelp) {
    fmt::print("{}", invocation->text);
    return 0;
  }
  if (invocation->command == config::Command::kVersion) {
    fmt::print("virtual-node {}\n", base::kVersion);
    return 0;
  }
  Program program(invocation->options);
  const base::Status kube = program.ConnectKube(start.environment);
  const base::Status cloud = program.ConnectCloud([&start]() -> base::Result<eci::Credentials> {
    VK_TRY(now, config::ReadInvocation(start.arguments, start.environment, ReadFile));
    return CredentialsOf(now.options);
  });
  if (!kube || !cloud) {
    std::string problems;
    for (const base::Status* status : {&kube, &cloud}) {
      if (!*status) problems += (problems.empty() ? "" : "\n") + status->error().message;
    }
    PrintProblems(problems);
    return kExitConfiguration;
  }
  return invocation->command == config::Command::kCheck ? program.Check() : program.Run();
}

}  // namespace vk::app
