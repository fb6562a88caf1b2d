#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/task_group.h"
#include "eci_client/channel/factory.h"
#include "eci_client/credentials/credentials.h"
#include "eci_client/eci_client.h"
#include "proto/kubernetes/core/v1/node.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/agent/node_agent.h"
#include "provider/kube/testing/fake_kube_client.h"
#include "test/base/manual_clock.h"
#include "test/provider/agent/cloud_wire.h"
#include "test/provider/agent/garbling_kube.h"
#include "test/provider/agent/pods.h"
#include "tools/fake_eci/engine/cloud.h"
#include "tools/fake_eci/engine/cloud_driver.h"
#include "tools/fake_eci/open_api/authenticator.h"

namespace vk::agent {

// Credentials that a test replaces, as an operator would.
class GivenCredentials final : public eci::CredentialsProvider {
 public:
  void Give(std::string id, std::string secret, std::string token = {});
  boost::asio::awaitable<base::Result<eci::Credentials>> Get(base::TimePoint deadline) override;

 private:
  eci::Credentials credentials_;
};

// API calls that can all be refused, or those that a test chooses.
class RefusingKube final : public kube::FakeKubeFaults {
 public:
  std::optional<base::Error> error;
  std::chrono::nanoseconds latency{};
  std::function<std::optional<base::Error>(const kube::KubeCall& call)> refuse;
  // Told of every call before its effect; what it throws is a bug of the caller's. May be null.
  std::function<void(const kube::KubeCall&)> on_call;

  Request BeforeEffect(const kube::KubeCall& call) override {
    if (on_call) on_call(call);
    std::optional<base::Error> answer = error;
    if (!answer && refuse) answer = refuse(call);
    return {.latency = latency, .error = std::move(answer)};
  }
  void RefuseLeases() {
    refuse = [](const kube::KubeCall& call) -> std::optional<base::Error> {
      if (call.resource.plural != kube::kLeases.plural || call.key.ns != "kube-system") return {};
      return base::Error(base::ErrorCode::kUnavailable, "leases are refused");
    };
  }
};

// Lines that are shown at the default level: "info" or worse, the message and its fields.
class ShownLog final : public base::Log {
 public:
  void Write(base::LogLevel level, std::string_view message,
             std::initializer_list<Field> fields) override {
    if (level == base::LogLevel::kDebug) return;
    std::string line(message);
    base::AppendFields(fields, &line);
    lines.push_back(std::move(line));
  }

  std::vector<std::string> lines;
};

// The whole agent in virtual time, between the API server in memory and the fake cloud's OpenAPI:
// signatures, JSON, retries and rates are the real ones. For what a user sees of one fault; the
// simulation draws faults against each other.
class AgentWorld : public testing::Test {
 protected:
  static constexpr char kNode[] = "vk";
  static constexpr char kCloudHost[] = "eci.cn-hangzhou.example";
  static constexpr char kSecret[] = "hidden-from-all";
  static constexpr char kCloudTaint[] = "virtual-kubelet.io/cloud-unavailable";

  // `change` may alter the options before the agent is made.
  explicit AgentWorld(std::function<void(AgentOptions*)> change = nullptr);
  ~AgentWorld() override;

  // Another agent, whose calls to the cloud keep these limits. Before Start, or after Stop.
  void MakeAgent(eci::RateLimitOptions limits);
  // Until the node is registered and everything that is there was adopted.
  void Start();
  // As by SIGTERM.
  void Stop();

  void CreatePod(const std::string& name, const std::string& annotation = {},
                 const std::string& value = {});
  // A pod without a UID does not exist.
  k8s::io::api::core::v1::Pod Pod(const std::string& name) const;
  k8s::io::api::core::v1::Node Node() const;

  // "True", "False" or "absent", then a space and the reason.
  std::string Condition(const std::string& type) const;
  bool Tainted() const;
  // "reason: message" of every event about the object of that name, oldest first.
  std::vector<std::string> Events(const std::string& name) const;
  // The line of the exposition that begins with this name and these labels, without them; empty
  // when there is none.
  std::string Metric(const std::string& name_and_labels) const;
  // Groups that have not ended.
  int LivingGroups() const;
  // Counts those of this action, whatever became of them.
  int CallsOf(const std::string& action) const;
  // Who holds the Lease of the agent; empty: nobody.
  std::string LeaseHolder() const;
  // Another process writes itself into it, or gives it back.
  void WriteLease(const std::string& holder);

  // One rule of the cloud's for every call of `action`; empty: every call.
  void CloudRefuses(const std::string& action, const std::string& code);

  const std::function<void(AgentOptions*)> change_;
  boost::asio::io_context io_{1};
  base::ManualClock clock_{io_};
  NullLog log_;
  ShownLog agent_log_;
  base::Metrics metrics_;
  base::Random random_{1};

  kube::FakeKube server_{1, [this] { return clock_.WallNow(); }};
  RefusingKube kube_faults_;
  kube::FakeKubeClient kube_client_{server_, io_.get_executor(), clock_, kube_faults_};
  GarblingKube kube_{kube_client_};

  SkewedClock agent_clock_{clock_};
  SkewedClock cloud_clock_{clock_};
  fake::Cloud cloud_;
  fake::CloudDriver cloud_driver_{cloud_, cloud_clock_, io_.get_executor()};
  fake::Authenticator authenticator_;
  fake::OpenApi open_api_{cloud_, cloud_driver_, authenticator_, cloud_clock_, log_};
  CloudWire wire_{kCloudHost, open_api_, clock_};
  GivenCredentials credentials_;
  std::unique_ptr<eci::RpcChannel> channel_;
  std::unique_ptr<eci::EciClient> eci_;

  std::unique_ptr<NodeAgent> agent_;
  base::TaskGroup tasks_{io_.get_executor()};
  std::unique_ptr<base::TaskGroup> agent_tasks_;  // The running agent's.
};

}  // namespace vk::agent
