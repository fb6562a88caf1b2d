#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace k8s::io::api::core::v1 {
class Service;
}
namespace k8s::io::api::discovery::v1 {
class EndpointSlice;
}

namespace vk::controllers {

// Opts a Service in. Source: ECI, service discovery by PrivateZone.
inline constexpr char kPrivateZoneAnnotation[] =
    "service.beta.kubernetes.io/alibaba-cloud-private-zone-enable";

// One record of the zone. The host is without the zone's own name.
struct ServiceRecord {
  std::string host;   // "web.default"; "web-0.web.default" for a pod with a hostname of its own.
  std::string type;   // "A" or "AAAA"
  std::string value;  // The address.

  auto operator<=>(const ServiceRecord&) const = default;
};

// "web.default A 10.0.0.7", and back; what was not made by RecordText reads as an empty record.
std::string RecordText(const ServiceRecord& record);
ServiceRecord ParseRecordText(std::string_view text);

// "default/web" of "web.default" and of "web-0.web.default"; empty for other hosts.
std::string ServiceOfHost(std::string_view host);

// What counts of a Service.
struct ServiceFacts {
  std::string uid;
  bool opted_in = false;               // By the annotation.
  bool headless = false;               // Its records are its endpoints.
  bool publish_not_ready = false;      // Endpoints that are not ready, too.
  std::vector<std::string> addresses;  // Those of a Service that is not headless.

  bool operator==(const ServiceFacts&) const = default;
};

struct EndpointFacts {
  std::vector<std::string> addresses;
  std::string hostname;  // May be empty.
  bool ready = false;

  bool operator==(const EndpointFacts&) const = default;
};

// What counts of an EndpointSlice.
struct SliceFacts {
  std::string service;  // "default/web"; empty when it is no Service's.
  std::vector<EndpointFacts> endpoints;

  bool operator==(const SliceFacts&) const = default;
};

ServiceFacts ReadService(const k8s::io::api::core::v1::Service& service);
SliceFacts ReadSlice(const k8s::io::api::discovery::v1::EndpointSlice& slice);

// The records of one Service, sorted, each once: of a headless one an address for each endpoint
// that is ready, and one more under its hostname if it has one; else the load balancer's addresses,
// or the cluster's. None of type ExternalName. `service` is "default/web".
std::vector<ServiceRecord> RecordsOf(std::string_view service, const ServiceFacts& facts,
                                     const std::vector<const SliceFacts*>& slices);

}  // namespace vk::controllers
