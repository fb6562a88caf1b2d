#include "tools/fake_eci/control/control_service.h"

#include <fmt/format.h>
#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <utility>
#include <vector>

#include "proto/fake/v1/control.grpc.pb.h"
#include "tools/fake_eci/control/control_messages.h"
#include "tools/fake_eci/profile.h"

namespace vk::fake {
namespace {

using grpc::ServerContext;

constexpr std::size_t kPage = 500;  // Records copied per turn of the cloud's thread.

grpc::Status AsGrpc(const base::Error& error) {
  const auto code = error.code == base::ErrorCode::kNotFound ? grpc::StatusCode::NOT_FOUND
                                                             : grpc::StatusCode::INVALID_ARGUMENT;
  return {code, error.message};
}

class Service final : public v1::Control::Service {
 public:
  Service(Cloud& cloud, CloudDriver& driver, boost::asio::any_io_executor executor,
          ControlService::OpenPort open_port)
      : cloud_(cloud),
        driver_(driver),
        executor_(std::move(executor)),
        open_port_(std::move(open_port)) {}

  grpc::Status AddFault(ServerContext*, const v1::Fault* request,
                        v1::AddFaultResponse* reply) override {
    auto rule = ReadFault(*request);
    if (!rule) return AsGrpc(rule.error());
    return OnCore([&] { reply->set_number(cloud_.faults().Add(std::move(*rule))); });
  }

  grpc::Status ListFaults(ServerContext*, const v1::ListFaultsRequest*,
                          v1::ListFaultsResponse* reply) override {
    return OnCore([&] {
      for (const auto& [number, rule] : cloud_.faults().rules()) {
        *reply->add_faults() = ToMessage(number, rule);
      }
    });
  }

  grpc::Status RemoveFault(ServerContext*, const v1::RemoveFaultRequest* request,
                           v1::RemoveFaultResponse*) override {
    bool found = true;
    grpc::Status done = OnCore([&] {
      if (request->has_number()) {
        found = cloud_.faults().Remove(request->number());
      } else {
        cloud_.faults().Clear();
      }
    });
    if (!done.ok() || found) return done;
    return {grpc::StatusCode::NOT_FOUND, fmt::format("there is no fault {}", request->number())};
  }

  grpc::Status SetLatency(ServerContext*, const v1::SetLatencyRequest* request,
                          v1::SetLatencyResponse*) override {
    std::string yaml = request->yaml();
    if (request->has_name()) yaml = BuiltInProfile(request->name());
    if (yaml.empty()) {
      return {grpc::StatusCode::INVALID_ARGUMENT,
              fmt::format("there is no profile \"{}\"; there are {}", request->name(),
                          fmt::join(BuiltInProfiles(), ", "))};
    }
    auto options = ApplyProfile(yaml, "in the request", {});
    if (!options) return AsGrpc(options.error());
    return OnCore([&] { cloud_.SetLatency(std::move(options->latency)); });
  }

  grpc::Status SetStock(ServerContext*, const v1::SetStockRequest* request,
                        v1::SetStockResponse*) override {
    return OnCore([&] {
      cloud_.stock().Set({request->zone(), request->kind()},
                         request->has_left() ? request->left() : -1);
    });
  }

  grpc::Status AddVSwitch(ServerContext*, const v1::VSwitch* request,
                          v1::AddVSwitchResponse*) override {
    if (!IsResourceId(request->id(), "vsw") || request->zone().empty()) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "a vSwitch has an id vsw-… and a zone"};
    }
    VSwitch vswitch;
    vswitch.id = request->id();
    vswitch.vpc_id = request->vpc_id();
    vswitch.zone = request->zone();
    if (request->addresses() > 0) vswitch.addresses = request->addresses();
    return OnCore([&] { cloud_.AddVSwitch(std::move(vswitch)); });
  }

  grpc::Status SetLimits(ServerContext*, const v1::Limits* request, v1::Limits* reply) override {
    return OnCore([&] {
      ApplyLimits(*request, &cloud_);
      *reply = CurrentLimits(cloud_);
    });
  }

  grpc::Status ReclaimSpot(ServerContext*, const v1::ReclaimSpotRequest* request,
                           v1::ReclaimSpotResponse*) override {
    base::Status reclaimed;
    grpc::Status done = OnCore([&] {
      reclaimed = cloud_.Reclaim(request->container_group_id());
      driver_.Wake();
    });
    return done.ok() && !reclaimed ? AsGrpc(reclaimed.error()) : done;
  }

  grpc::Status ListGroups(ServerContext* context, const v1::ListGroupsRequest* request,
                          grpc::ServerWriter<v1::GroupRecord>* writer) override {
    const auto wanted = [&](const GroupRecord& record) {
      return (request->container_group_id().empty() ||
              record.id == request->container_group_id()) &&
             (!request->alive_only() || !record.Ended());
    };
    return Stream<v1::GroupRecord>(context, writer, [this] { return &cloud_.groups(); }, wanted);
  }

  grpc::Status ListCalls(ServerContext* context, const v1::ListCallsRequest* request,
                         grpc::ServerWriter<v1::CallRecord>* writer) override {
    const auto wanted = [&](const CallRecord& record) {
      return record.number > request->after() &&
             (request->action().empty() || record.action == request->action());
    };
    return Stream<v1::CallRecord>(context, writer, [this] { return &cloud_.calls(); }, wanted);
  }

  grpc::Status CountCalls(ServerContext*, const v1::CountCallsRequest*,
                          v1::CountCallsResponse* reply) override {
    return OnCore([&] {
      for (const auto& [key, calls] : cloud_.call_counts()) {
        auto* count = reply->add_counts();
        count->set_action(key.first);
        count->set_outcome(key.second);
        count->set_calls(calls);
      }
    });
  }

  grpc::Status OpenPort(ServerContext*, const v1::OpenPortRequest* request,
                        v1::OpenPortResponse* reply) override {
    base::Result<std::string> url = "";
    grpc::Status done =
        OnCore([&] { url = open_port_(request->container_group_id(), request->port()); });
    if (!done.ok()) return done;
    if (!url) return AsGrpc(url.error());
    reply->set_web_socket_uri(*url);
    return done;
  }

  grpc::Status Reset(ServerContext*, const v1::ResetRequest*, v1::ResetResponse*) override {
    return OnCore([&] {
      cloud_.Reset();
      driver_.Wake();
    });
  }

 private:
  // Runs `piece` on the cloud's thread and waits for it. When that thread has ended, its executor
  // drops the piece.
  grpc::Status OnCore(std::function<void()> piece) {
    std::packaged_task<void()> task(std::move(piece));
    std::future<void> done = task.get_future();
    boost::asio::post(executor_, std::move(task));
    try {
      done.get();
    } catch (const std::future_error&) {
      return {grpc::StatusCode::UNAVAILABLE, "the cloud is ending"};
    }
    return grpc::Status::OK;
  }

  // Copies records in pages, so that a long list never holds up a call.
  template <class Message, class Records, class Wanted>
  grpc::Status Stream(ServerContext* context, grpc::ServerWriter<Message>* writer, Records records,
                      Wanted wanted) {
    for (std::size_t next = 0;; next += kPage) {
      std::vector<Message> page;
      bool more = false;
      grpc::Status done = OnCore([&] {
        const auto& all = *records();
        more = all.size() > next + kPage;
        for (std::size_t i = next; i < std::min(all.size(), next + kPage); ++i) {
          if (wanted(all[i])) page.push_back(ToMessage(all[i]));
        }
      });
      if (!done.ok()) return done;
      for (const Message& message : page) {
        if (context->IsCancelled() || !writer->Write(message)) return grpc::Status::CANCELLED;
      }
      if (!more) return grpc::Status::OK;
    }
  }

  Cloud& cloud_;
  CloudDriver& driver_;
  boost::asio::any_io_executor executor_;
  const ControlService::OpenPort open_port_;
};

class GrpcControlService final : public ControlService {
 public:
  GrpcControlService(Cloud& cloud, CloudDriver& driver, boost::asio::any_io_executor executor,
                     OpenPort open_port)
      : service_(cloud, driver, std::move(executor), std::move(open_port)) {}
  ~GrpcControlService() override { Stop(); }

  base::Status Listen(const std::string& listen) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    if (!server_ || port == 0) {
      return std::unexpected(
          base::Error(base::ErrorCode::kUnavailable,
                      fmt::format("listen on {}: in use or not an address; choose another with "
                                  "--control-listen HOST:PORT (port 0 picks one)",
                                  listen)));
    }
    address_ = fmt::format("{}:{}", listen.substr(0, listen.rfind(':')), port);
    return {};
  }

  std::string address() const override { return address_; }

  void Stop() override {
    if (server_) server_->Shutdown(std::chrono::system_clock::time_point());
    server_.reset();
  }

 private:
  Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace

base::Result<std::unique_ptr<ControlService>> ControlService::Start(
    const std::string& listen, Cloud& cloud, CloudDriver& driver,
    boost::asio::any_io_executor executor, OpenPort open_port) {
  // gRPC writes lines of its own form to standard error; what matters is in the status.
  gpr_set_log_function([](gpr_log_func_args*) {});
  auto service = std::make_unique<GrpcControlService>(cloud, driver, std::move(executor),
                                                      std::move(open_port));
  VK_CHECK_OK(service->Listen(listen));
  return service;
}

}  // namespace vk::fake
