#include "provider/translate/service_zone.h"

#include <fmt/format.h>

#include <algorithm>

namespace vk::translate {
namespace {

std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace

std::string ServiceZone(std::string_view cluster_domain, std::string_view cluster_id) {
  return LowerCase(fmt::format("svc.{}.{}", cluster_domain, cluster_id));
}

std::vector<std::string> ServiceZoneSearches(std::string_view ns, std::string_view cluster_domain,
                                             std::string_view cluster_id) {
  const std::string zone = ServiceZone(cluster_domain, cluster_id);
  return {fmt::format("{}.{}", ns, zone), zone,
          LowerCase(fmt::format("{}.{}", cluster_domain, cluster_id)),
          LowerCase(std::string(cluster_id))};
}

}  // namespace vk::translate
