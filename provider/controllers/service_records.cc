#include "provider/controllers/service_records.h"

#include <fmt/format.h>

#include <algorithm>

#include "proto/kubernetes/core/v1/service.pb.h"
#include "proto/kubernetes/discovery/v1/endpoint_slice.pb.h"

namespace vk::controllers {
namespace {

constexpr char kServiceNameLabel[] = "kubernetes.io/service-name";
constexpr char kHeadless[] = "None";

void AddRecord(const std::string& host, const std::string& address,
               std::vector<ServiceRecord>* records) {
  const bool v6 = address.find(':') != std::string::npos;
  records->push_back({.host = host, .type = v6 ? "AAAA" : "A", .value = address});
}

std::vector<std::string> AddressesOf(const k8s::io::api::core::v1::Service& service) {
  std::vector<std::string> addresses;
  const auto& spec = service.spec();
  if (spec.type() == "ExternalName") return addresses;
  if (spec.type() == "LoadBalancer") {
    for (const auto& ingress : service.status().loadbalancer().ingress()) {
      if (!ingress.ip().empty()) addresses.push_back(ingress.ip());
    }
    return addresses;
  }
  for (const std::string& address : spec.clusterips()) {
    if (address != kHeadless) addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

std::string RecordText(const ServiceRecord& record) {
  return fmt::format("{} {} {}", record.host, record.type, record.value);
}

ServiceRecord ParseRecordText(std::string_view text) {
  const std::size_t first = text.find(' ');
  if (first == std::string_view::npos) return {};
  const std::size_t second = text.find(' ', first + 1);
  if (second == std::string_view::npos) return {};
  return {.host = std::string(text.substr(0, first)),
          .type = std::string(text.substr(first + 1, second - first - 1)),
          .value = std::string(text.substr(second + 1))};
}

std::string ServiceOfHost(std::string_view host) {
  const std::size_t last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return {};
  const std::string_view rest = host.substr(0, last);
  const std::size_t before = rest.rfind('.');
  const std::string_view name = before == std::string_view::npos ? rest : rest.substr(before + 1);
  return fmt::format("{}/{}", host.substr(last + 1), name);
}

ServiceFacts ReadService(const k8s::io::api::core::v1::Service& service) {
  const auto& annotations = service.metadata().annotations();
  const auto asked = annotations.find(kPrivateZoneAnnotation);
  return {.uid = service.metadata().uid(),
          .opted_in = asked != annotations.end() && asked->second == "true",
          .headless = service.spec().clusterip() == kHeadless,
          .publish_not_ready = service.spec().publishnotreadyaddresses(),
          .addresses = AddressesOf(service)};
}

SliceFacts ReadSlice(const k8s::io::api::discovery::v1::EndpointSlice& slice) {
  SliceFacts facts;
  const auto& labels = slice.metadata().labels();
  const auto service = labels.find(kServiceNameLabel);
  if (service == labels.end() || slice.addresstype() == "FQDN") return facts;
  facts.service = fmt::format("{}/{}", slice.metadata().namespace_(), service->second);
  for (const auto& endpoint : slice.endpoints()) {
    // An unknown readiness counts as ready. Source: the EndpointSlice API.
    const auto& conditions = endpoint.conditions();
    facts.endpoints.push_back(
        {.addresses = {endpoint.addresses().begin(), endpoint.addresses().end()},
         .hostname = endpoint.hostname(),
         .ready = !conditions.has_ready() || conditions.ready()});
  }
  return facts;
}

std::vector<ServiceRecord> RecordsOf(std::string_view service, const ServiceFacts& facts,
                                     const std::vector<const SliceFacts*>& slices) {
  const std::size_t slash = service.find('/');
  const std::string host =
      fmt::format("{}.{}", service.substr(slash + 1), service.substr(0, slash));
  std::vector<ServiceRecord> records;
  if (!facts.headless) {
    for (const std::string& address : facts.addresses) AddRecord(host, address, &records);
  }
  for (const SliceFacts* slice : slices) {
    if (!facts.headless) break;
    for (const EndpointFacts& endpoint : slice->endpoints) {
      if (!endpoint.ready && !facts.publish_not_ready) continue;
      for (const std::string& address : endpoint.addresses) {
        AddRecord(host, address, &records);
        if (!endpoint.hostname.empty())
          AddRecord(endpoint.hostname + "." + host, address, &records);
      }
    }
  }
  std::ranges::sort(records);
  const auto twice = std::ranges::unique(records);
  records.erase(twice.begin(), twice.end());
  return records;
}

}  // namespace vk::controllers
