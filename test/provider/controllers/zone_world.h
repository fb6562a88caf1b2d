#pragma once

#include <memory>
#include <string>
#include <vector>

#include "eci_client/private_zone_client.h"
#include "proto/kubernetes/discovery/v1/endpoint_slice.pb.h"
#include "proto/pvtz/v1/private_zone.pb.h"
#include "provider/controllers/private_zone_controller.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/agent/agent_world.h"

namespace vk::controllers {

// The controller beside the agent, between the same API server and the same cloud.
class ZoneWorld : public agent::AgentWorld {
 protected:
  static constexpr char kZone[] = "svc.cluster.local.c1";

  ZoneWorld() { Connect({.lifted = true}); }
  ~ZoneWorld() override {
    StopController();
    tasks_.Cancel();
    clock_.Advance(std::chrono::seconds(30));
  }

  // Before the controller is started.
  void Connect(eci::RateLimitOptions limits) {
    eci::ChannelOptions channel;
    channel.http.host = kCloudHost;
    channel.http.version = eci::PrivateZoneClient::kVersion;
    channel.rate_limit = std::move(limits);
    zone_channel_ = eci::MakeChannel(channel, {.transport = wire_,
                                               .credentials = credentials_,
                                               .clock = agent_clock_,
                                               .random = random_,
                                               .log = agent_log_,
                                               .metrics = metrics_,
                                               .executor = io_.get_executor()});
    zones_ = std::make_unique<eci::PrivateZoneClient>(*zone_channel_);
  }

  void StartController(bool all = true) {
    PrivateZoneControllerOptions options;
    options.all = all;
    options.cluster_id = "c1";
    options.cluster_domain = "cluster.local";
    options.region = "cn-hangzhou";
    options.vpc = "vpc-1";
    options.process = "this-process";
    controller_ = std::make_unique<PrivateZoneController>(
        options,
        PrivateZoneController::Parts{.api = kube_,
                                     .zones = *zones_,
                                     .events = agent_->recorder(),
                                     .clock = agent_clock_,
                                     .log = agent_log_,
                                     .metrics = metrics_},
        random_.Split("controller"), [](std::string_view) { return false; }, io_.get_executor());
    controller_tasks_ = std::make_unique<base::TaskGroup>(io_.get_executor());
    controller_tasks_->Spawn("controller", controller_->Run());
    clock_.Advance(std::chrono::seconds(3));
  }
  void StopController() {
    if (!controller_) return;
    controller_tasks_->Cancel();
    clock_.Advance(std::chrono::seconds(10));
    controller_.reset();
  }

  std::unique_ptr<eci::RpcChannel> zone_channel_;
  std::unique_ptr<eci::PrivateZoneClient> zones_;
  std::unique_ptr<PrivateZoneController> controller_;
  std::unique_ptr<base::TaskGroup> controller_tasks_;
};

}  // namespace vk::controllers
