#pragma once

#include <string>

#include "provider/translate/planning.h"

namespace vk::translate {

// Name resolution of the group: ClusterFirst and ClusterFirstWithHostNet become policy None with
// the cluster's servers, searches and ndots:5, as the kubelet writes them; without --cluster-dns
// they become Default, with a notice. The pod's dnsConfig is added to any policy; more than the
// kubelet's limits is left out with a notice. Source: pkg/kubelet/network/dns.
void WriteDns(const Translation& translation, eci::v1::CreateContainerGroupRequest* request);

// The name the containers see: hostnameOverride, else hostname, else the pod's name, cut to 63
// characters.
std::string HostName(const core::Pod& pod);

}  // namespace vk::translate
