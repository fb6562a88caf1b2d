#include <map>
#include <utility>

#include "provider/translate/pod_to_group.h"
#include "provider/translate/volumes.h"

namespace vk::translate {
namespace {

using Kind = ObjectReference::Kind;

// Whether every mention of an object is optional.
class Mentions {
 public:
  void Add(Kind kind, const std::string& name, bool optional) {
    if (name.empty()) return;
    const auto [at, added] = optional_.try_emplace({kind, name}, optional);
    if (!added) at->second = at->second && optional;
  }

  std::vector<ObjectReference> Sorted() const {
    std::vector<ObjectReference> references;
    for (const auto& [key, optional] : optional_) {
      references.push_back({key.first, key.second, optional});
    }
    return references;
  }

 private:
  std::map<std::pair<Kind, std::string>, bool> optional_;
};

template <class Source>
void Add(Kind kind, const Source& source, Mentions* mentions) {
  mentions->Add(kind, source.localobjectreference().name(), source.optional());
}

void AddContainer(const core::Container& container, Mentions* mentions) {
  for (const core::EnvFromSource& source : container.envfrom()) {
    Add(Kind::kConfigMap, source.configmapref(), mentions);
    Add(Kind::kSecret, source.secretref(), mentions);
  }
  for (const core::EnvVar& entry : container.env()) {
    // As the kubelet has it, a value hides its source.
    if (!entry.value().empty()) continue;
    Add(Kind::kConfigMap, entry.valuefrom().configmapkeyref(), mentions);
    Add(Kind::kSecret, entry.valuefrom().secretkeyref(), mentions);
  }
}

void AddVolume(const core::PodSpec& spec, const core::Volume& volume, Mentions* mentions,
               std::vector<TokenReference>* tokens) {
  const core::VolumeSource& source = volume.volumesource();
  Add(Kind::kConfigMap, source.configmap(), mentions);
  mentions->Add(Kind::kSecret, source.secret().secretname(), source.secret().optional());
  const auto& projections = source.projected().sources();
  for (int i = 0; i < projections.size(); ++i) {
    Add(Kind::kConfigMap, projections[i].configmap(), mentions);
    Add(Kind::kSecret, projections[i].secret(), mentions);
    if (projections[i].has_serviceaccounttoken()) tokens->push_back(TokenOf(spec, volume, i));
  }
}

}  // namespace

PodReferences FindReferences(const core::Pod& pod) {
  Mentions mentions;
  PodReferences references;
  for (const core::Container& init : pod.spec().initcontainers()) AddContainer(init, &mentions);
  for (const core::Container& container : pod.spec().containers()) {
    AddContainer(container, &mentions);
  }
  for (const core::Volume& volume : pod.spec().volumes()) {
    AddVolume(pod.spec(), volume, &mentions, &references.tokens);
  }
  // The kubelet pulls without a missing pull secret, too.
  for (const core::LocalObjectReference& secret : pod.spec().imagepullsecrets()) {
    mentions.Add(Kind::kSecret, secret.name(), true);
  }
  references.objects = mentions.Sorted();
  return references;
}

}  // namespace vk::translate
