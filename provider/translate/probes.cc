#include "provider/translate/probes.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/result.h"

namespace vk::translate {
namespace {

using k8s::io::apimachinery::pkg::util::intstr::IntOrString;

constexpr std::int32_t kHighestPort = 65535;
constexpr std::int32_t kDefaultPeriod = 10;
constexpr std::int32_t kDefaultFailures = 3;

Planned<std::int32_t> CheckedPort(std::int32_t port, const std::string& path) {
  if (port >= 1 && port <= kHighestPort) return port;
  return std::unexpected(Invalid(path, fmt::format("{} is not a port of 1 to 65535", port)));
}

Planned<std::int32_t> PortNumber(const IntOrString& port, const core::Container& container,
                                 const std::string& path) {
  if (port.type() == 0) return CheckedPort(port.intval(), path);
  const auto named = std::ranges::find(container.ports(), port.strval(),
                                       [](const auto& candidate) { return candidate.name(); });
  if (named == container.ports().end()) {
    return std::unexpected(
        Invalid(path, fmt::format("the container has no port named \"{}\"", port.strval())));
  }
  return CheckedPort(named->containerport(), path);
}

// What the cloud's probes cannot do (gRPC, HTTP headers) becomes a TCP connection to the port that
// would have been asked.
Planned<void> WriteHandler(const core::ProbeHandler& handler, const core::Container& container,
                           const std::string& path, eci::v1::Probe* out) {
  if (handler.has_exec()) {
    *out->mutable_exec()->mutable_command() = handler.exec().command();
  } else if (handler.has_grpc()) {
    VK_TRY(port, CheckedPort(handler.grpc().port(), path + ".grpc.port"));
    out->mutable_tcp_socket()->set_port(port);
  } else if (handler.has_httpget()) {
    VK_TRY(port, PortNumber(handler.httpget().port(), container, path + ".httpGet.port"));
    if (!handler.httpget().httpheaders().empty()) {
      out->mutable_tcp_socket()->set_port(port);
      return {};
    }
    out->mutable_http_get()->set_port(port);
    out->mutable_http_get()->set_path(handler.httpget().path());
    out->mutable_http_get()->set_scheme(
        handler.httpget().scheme().empty() ? "HTTP" : handler.httpget().scheme());
  } else if (handler.has_tcpsocket()) {
    VK_TRY(port, PortNumber(handler.tcpsocket().port(), container, path + ".tcpSocket.port"));
    out->mutable_tcp_socket()->set_port(port);
  }
  return {};
}

Planned<void> WriteProbe(const core::Probe& probe, const core::Container& container,
                         const std::string& path, eci::v1::Probe* out) {
  VK_CHECK_OK(WriteHandler(probe.handler(), container, path, out));
  // What is 0 was left to the default, which the cloud shares with Kubernetes.
  if (probe.initialdelayseconds() > 0) out->set_initial_delay_seconds(probe.initialdelayseconds());
  if (probe.periodseconds() > 0) out->set_period_seconds(probe.periodseconds());
  if (probe.timeoutseconds() > 0) out->set_timeout_seconds(probe.timeoutseconds());
  if (probe.successthreshold() > 0) out->set_success_threshold(probe.successthreshold());
  if (probe.failurethreshold() > 0) out->set_failure_threshold(probe.failurethreshold());
  return {};
}

// A hook's fields, which the cloud spells out for each hook: "lifecycle_pre_stop_handler_exec".
class FlatHandler {
 public:
  FlatHandler(std::string prefix, eci::v1::Container* out)
      : prefix_(std::move(prefix)), out_(out) {}

  void SetText(std::string_view name, const std::string& value) {
    if (!value.empty()) out_->GetReflection()->SetString(out_, Field(name), value);
  }
  void SetNumber(std::string_view name, std::int32_t value) {
    out_->GetReflection()->SetInt32(out_, Field(name), value);
  }
  void AddText(std::string_view name, const std::string& value) {
    out_->GetReflection()->AddString(out_, Field(name), value);
  }
  void AddPair(std::string_view name, const std::string& key, const std::string& value) {
    auto& pair =
        static_cast<eci::v1::NameValue&>(*out_->GetReflection()->AddMessage(out_, Field(name)));
    pair.set_name(key);
    pair.set_value(value);
  }

 private:
  const google::protobuf::FieldDescriptor* Field(std::string_view name) const {
    return out_->GetDescriptor()->FindFieldByName(prefix_ + std::string(name));
  }

  std::string prefix_;
  eci::v1::Container* out_;
};

Planned<void> WriteHook(const core::LifecycleHandler& hook, const core::Container& container,
                        const std::string& path, FlatHandler out) {
  if (hook.has_exec()) {
    for (const std::string& word : hook.exec().command()) out.AddText("exec", word);
  } else if (hook.has_httpget()) {
    const core::HTTPGetAction& get = hook.httpget();
    VK_TRY(port, PortNumber(get.port(), container, path + ".httpGet.port"));
    out.SetText("http_get_host", get.host());
    out.SetText("http_get_path", get.path());
    out.SetNumber("http_get_port", port);
    out.SetText("http_get_scheme", get.scheme().empty() ? "HTTP" : get.scheme());
    for (const core::HTTPHeader& header : get.httpheaders()) {
      out.AddPair("http_get_http_header", header.name(), header.value());
    }
  } else if (hook.has_tcpsocket()) {
    VK_TRY(port, PortNumber(hook.tcpsocket().port(), container, path + ".tcpSocket.port"));
    out.SetText("tcp_socket_host", hook.tcpsocket().host());
    out.SetNumber("tcp_socket_port", port);
  }
  return {};
}

}  // namespace

std::int32_t StartupSeconds(const core::Probe& startup) {
  const auto or_default = [](std::int32_t value, std::int32_t fallback) {
    return static_cast<std::int64_t>(value > 0 ? value : fallback);
  };
  const std::int64_t seconds = std::max(0, startup.initialdelayseconds()) +
                               or_default(startup.periodseconds(), kDefaultPeriod) *
                                   or_default(startup.failurethreshold(), kDefaultFailures);
  return static_cast<std::int32_t>(
      std::min<std::int64_t>(seconds, std::numeric_limits<std::int32_t>::max()));
}

Planned<void> WriteProbes(const core::Container& container, const std::string& path,
                          eci::v1::Container* out) {
  if (container.has_livenessprobe()) {
    VK_CHECK_OK(WriteProbe(container.livenessprobe(), container, path + ".livenessProbe",
                           out->mutable_liveness_probe()));
    if (container.has_startupprobe()) {
      const std::int32_t own = out->liveness_probe().initial_delay_seconds();
      out->mutable_liveness_probe()->set_initial_delay_seconds(
          std::max(own, StartupSeconds(container.startupprobe())));
    }
  }
  if (container.has_readinessprobe()) {
    VK_CHECK_OK(WriteProbe(container.readinessprobe(), container, path + ".readinessProbe",
                           out->mutable_readiness_probe()));
  } else if (container.has_startupprobe()) {
    VK_CHECK_OK(WriteProbe(container.startupprobe(), container, path + ".startupProbe",
                           out->mutable_readiness_probe()));
  }
  return {};
}

Planned<void> WriteLifecycle(const core::Container& container, const std::string& path,
                             eci::v1::Container* out) {
  VK_CHECK_OK(WriteHook(container.lifecycle().poststart(), container, path + ".lifecycle.postStart",
                        FlatHandler("lifecycle_post_start_handler_", out)));
  return WriteHook(container.lifecycle().prestop(), container, path + ".lifecycle.preStop",
                   FlatHandler("lifecycle_pre_stop_handler_", out));
}

}  // namespace vk::translate
