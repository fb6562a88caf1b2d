#include "provider/translate/dns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "provider/translate/service_zone.h"

namespace vk::translate {
namespace {

constexpr std::size_t kMostServers = 3;
constexpr std::size_t kMostSearches = 32;
constexpr std::size_t kMostSearchCharacters = 2048;
constexpr std::size_t kLongestSearch = 253;
constexpr std::size_t kLongestHostName = 63;

using Texts = std::vector<std::string>;

struct Resolver {
  Texts servers;
  Texts searches;
  std::vector<std::pair<std::string, std::string>> options;
};

template <class More>
void AddNew(const More& more, Texts* list) {
  for (const std::string& text : more) {
    if (std::ranges::find(*list, text) == list->end()) list->push_back(text);
  }
}

void SetOption(const std::string& name, const std::string& value, Resolver* resolver) {
  const auto known =
      std::ranges::find(resolver->options, name, &std::pair<std::string, std::string>::first);
  if (known != resolver->options.end()) {
    known->second = value;
  } else {
    resolver->options.emplace_back(name, value);
  }
}

Resolver ClusterResolver(const Translation& translation) {
  Resolver resolver;
  resolver.servers = translation.node.cluster_dns;
  const std::string& domain = translation.node.cluster_domain;
  if (!domain.empty()) {
    resolver.searches = {fmt::format("{}.svc.{}", translation.pod.metadata().namespace_(), domain),
                         "svc." + domain, domain};
  }
  resolver.options = {{"ndots", "5"}};
  return resolver;
}

// The platform's servers, which know the cluster's Services under another domain.
Resolver ZoneResolver(const Translation& translation) {
  return {.servers = {},
          .searches = ServiceZoneSearches(translation.pod.metadata().namespace_(),
                                          translation.node.cluster_domain,
                                          translation.node.identity.cluster_id),
          .options = {{"ndots", "5"}}};
}

// Keeps to the limits; says whether anything was left out.
bool CutSearches(Texts* searches) {
  const std::size_t before = searches->size();
  if (before > kMostSearches) searches->resize(kMostSearches);
  std::erase_if(*searches, [](const std::string& s) { return s.size() > kLongestSearch; });
  while (fmt::format("{}", fmt::join(*searches, " ")).size() > kMostSearchCharacters) {
    searches->pop_back();
  }
  return searches->size() != before;
}

void Limit(Resolver* resolver, std::vector<Notice>& notices) {
  if (resolver->servers.size() > kMostServers) {
    resolver->servers.resize(kMostServers);
    notices.push_back(
        {.reason = "DNSConfigForming",
         .message = fmt::format("Nameserver limits were exceeded, some nameservers have been "
                                "omitted, the applied nameserver line is: {}",
                                fmt::join(resolver->servers, " "))});
  }
  if (CutSearches(&resolver->searches)) {
    notices.push_back(
        {.reason = "DNSConfigForming",
         .message = fmt::format("Search Line limits were exceeded, some search paths have been "
                                "omitted, the applied search line is: {}",
                                fmt::join(resolver->searches, " "))});
  }
}

void Write(const Resolver& resolver, eci::v1::CreateContainerGroupRequest* request) {
  eci::v1::DnsConfig config;
  for (const std::string& server : resolver.servers) config.add_name_server(server);
  for (const std::string& search : resolver.searches) config.add_search(search);
  for (const auto& [name, value] : resolver.options) {
    eci::v1::NameValue& option = *config.add_option();
    option.set_name(name);
    if (!value.empty()) option.set_value(value);
  }
  if (config.ByteSizeLong() > 0) *request->mutable_dns_config() = std::move(config);
}

}  // namespace

void WriteDns(const Translation& translation, eci::v1::CreateContainerGroupRequest* request) {
  const core::PodSpec& spec = translation.pod.spec();
  const bool none = spec.dnspolicy() == "None";
  const bool cluster = !none && spec.dnspolicy() != "Default";
  const bool known = !translation.node.cluster_dns.empty();
  const bool zone = cluster && !known && translation.node.private_zone;
  if (cluster && !known && !zone) {
    translation.notices.push_back(
        {.reason = "MissingClusterDNS",
         .message = fmt::format("The node has no --cluster-dns and cannot give the pod DNS policy "
                                "{}; it gets Default, which does not know the cluster's names.",
                                spec.dnspolicy().empty() ? "ClusterFirst" : spec.dnspolicy())});
  }

  Resolver resolver = cluster && known ? ClusterResolver(translation)
                      : zone           ? ZoneResolver(translation)
                                       : Resolver{};
  AddNew(spec.dnsconfig().nameservers(), &resolver.servers);
  AddNew(spec.dnsconfig().searches(), &resolver.searches);
  for (const core::PodDNSConfigOption& option : spec.dnsconfig().options()) {
    SetOption(option.name(), option.value(), &resolver);
  }
  Limit(&resolver, translation.notices);
  request->set_dns_policy(none || (cluster && known) ? "None" : "Default");
  Write(resolver, request);
}

std::string HostName(const core::Pod& pod) {
  const core::PodSpec& spec = pod.spec();
  std::string name = pod.metadata().name();
  if (!spec.hostname().empty()) name = spec.hostname();
  if (!spec.hostnameoverride().empty()) name = spec.hostnameoverride();
  if (name.size() > kLongestHostName) name.resize(kLongestHostName);
  while (name.ends_with('-') || name.ends_with('.')) name.pop_back();
  return name;
}

}  // namespace vk::translate
