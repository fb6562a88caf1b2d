#include "provider/translate/service_env.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace vk::translate {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

// Where a service's variables point to.
struct Address {
  std::string host;
  std::string port;  // Empty: the service's own.
};

std::string Upper(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(c));
  });
  return upper;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

bool IsKubernetes(const core::Service& service) {
  return service.metadata().namespace_() == "default" && service.metadata().name() == "kubernetes";
}

bool HasAddress(const core::Service& service) {
  return !service.spec().clusterip().empty() && service.spec().clusterip() != "None" &&
         !service.spec().ports().empty();
}

Address AddressOf(const core::Service& service, const std::string& pod_apiserver) {
  const std::size_t colon = pod_apiserver.rfind(':');
  if (!IsKubernetes(service) || colon == std::string::npos) return {service.spec().clusterip(), ""};
  std::string host = pod_apiserver.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {host, pod_apiserver.substr(colon + 1)};
}

void AppendLink(const std::string& prefix, const core::ServicePort& port, const Address& address,
                bool first, Variables* variables) {
  const std::string protocol = port.protocol().empty() ? "TCP" : port.protocol();
  const std::string number = address.port.empty() ? std::to_string(port.port()) : address.port;
  const bool ipv6 = address.host.contains(':');
  const std::string url = fmt::format(fmt::runtime(ipv6 ? "{}://[{}]:{}" : "{}://{}:{}"),
                                      Lower(protocol), address.host, number);
  const std::string name = fmt::format("{}_PORT_{}_{}", prefix, port.port(), Upper(protocol));
  if (first) variables->emplace_back(prefix + "_PORT", url);
  variables->emplace_back(name, url);
  variables->emplace_back(name + "_PROTO", Lower(protocol));
  variables->emplace_back(name + "_PORT", number);
  variables->emplace_back(name + "_ADDR", address.host);
}

void AppendService(const core::Service& service, const Address& address, Variables* variables) {
  const std::string prefix = Upper(service.metadata().name());
  const auto number = [&](const core::ServicePort& port) {
    return address.port.empty() ? std::to_string(port.port()) : address.port;
  };
  const auto& ports = service.spec().ports();
  variables->emplace_back(prefix + "_SERVICE_HOST", address.host);
  variables->emplace_back(prefix + "_SERVICE_PORT", number(ports[0]));
  for (const core::ServicePort& port : ports) {
    if (port.name().empty()) continue;
    variables->emplace_back(prefix + "_SERVICE_PORT_" + Upper(port.name()), number(port));
  }
  for (const core::ServicePort& port : ports) {
    AppendLink(prefix, port, address, &port == &ports[0], variables);
  }
}

}  // namespace

Variables ServiceVariables(const Translation& translation) {
  const bool links = !translation.pod.spec().has_enableservicelinks() ||
                     translation.pod.spec().enableservicelinks();
  // By name, since a service called kubernetes in the pod's namespace wins over the default one.
  std::map<std::string, const core::Service*> services;
  for (const core::Service* service : translation.inputs.services) {
    if (!HasAddress(*service)) continue;
    const std::string& name = service->metadata().name();
    const bool same_namespace =
        service->metadata().namespace_() == translation.pod.metadata().namespace_();
    if (links && same_namespace) {
      services[name] = service;
    } else if (IsKubernetes(*service)) {
      services.emplace(name, service);
    }
  }

  Variables variables;
  const auto append = [&](const core::Service& service) {
    AppendService(service, AddressOf(service, translation.node.pod_apiserver), &variables);
  };
  const auto kubernetes = services.find("kubernetes");
  if (kubernetes != services.end()) append(*kubernetes->second);
  for (const auto& [name, service] : services) {
    if (name != "kubernetes") append(*service);
  }
  return variables;
}

}  // namespace vk::translate
