#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vk::translate {

// The zone that holds the names of a cluster's Services in the VPC, "svc.cluster.local.c123": web
// in default is web.default in it. The cluster id keeps clusters of one VPC apart. In lower case.
// Source: ECI, service discovery by PrivateZone.
std::string ServiceZone(std::string_view cluster_domain, std::string_view cluster_id);

// The search domains with which a pod of `ns` finds there whatever it would find by the cluster's
// DNS: web, web.default, web.default.svc and web.default.svc.cluster.local.
std::vector<std::string> ServiceZoneSearches(std::string_view ns, std::string_view cluster_domain,
                                             std::string_view cluster_id);

}  // namespace vk::translate
