#include "provider/controllers/service_table.h"

#include <utility>

#include "proto/kubernetes/core/v1/service.pb.h"
#include "proto/kubernetes/discovery/v1/endpoint_slice.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::controllers {
namespace {

template <class Message, class Facts, Facts (*kFacts)(const Message&)>
std::optional<Facts> ReadObject(const std::string& object) {
  Message message;
  if (!kube::FromBytes(object, &message)) return std::nullopt;
  return kFacts(message);
}

}  // namespace

ServiceTable::ServiceTable(bool all, Hooks hooks)
    : all_(all),
      on_change_(std::move(hooks.on_change)),
      services_(
          ReadObject<k8s::io::api::core::v1::Service, ServiceFacts, ReadService>,
          [this](const std::string& key, const ServiceFacts*, const ServiceFacts*) {
            on_change_(key);
          },
          std::move(hooks.on_unreadable_service), hooks.on_list),
      slices_(
          ReadObject<k8s::io::api::discovery::v1::EndpointSlice, SliceFacts, ReadSlice>,
          [this](const std::string& key, const SliceFacts* before, const SliceFacts* now) {
            SliceChanged(key, before, now);
          },
          std::move(hooks.on_unreadable_slice), hooks.on_list) {}

std::vector<ServiceRecord> ServiceTable::Records(const std::string& service) const {
  const ServiceFacts* const facts = services_.Find(service);
  if (facts == nullptr || !(all_ || facts->opted_in)) return {};
  std::vector<const SliceFacts*> slices;
  if (const auto found = slices_of_.find(service); found != slices_of_.end()) {
    for (const std::string& key : found->second) slices.push_back(slices_.Find(key));
  }
  return RecordsOf(service, *facts, slices);
}

void ServiceTable::SliceChanged(const std::string& slice, const SliceFacts* before,
                                const SliceFacts* now) {
  const bool same = before != nullptr && now != nullptr && before->service == now->service;
  if (before != nullptr && !same) {
    const auto found = slices_of_.find(before->service);
    found->second.erase(slice);
    if (found->second.empty()) slices_of_.erase(found);
    on_change_(before->service);
  }
  if (now == nullptr) return;
  slices_of_[now->service].insert(slice);
  on_change_(now->service);
}

}  // namespace vk::controllers
