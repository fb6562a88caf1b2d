#include "provider/translate/references.h"

#include <map>
#include <set>
#include <utility>

#include "provider/translate/claims.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;
using Kind = ObjectReference::Kind;

constexpr std::int64_t kDefaultExpiration = 3600;

// Whether every mention of an object is optional, and the keys of mentions that are not.
class Mentions {
 public:
  void Add(Kind kind, const std::string& name, bool optional) {
    if (name.empty()) return;
    const auto [at, added] = optional_.try_emplace({kind, name}, optional);
    if (!added) at->second = at->second && optional;
  }

  void AddKey(KeyReference reference, bool optional) {
    Add(reference.kind, reference.name, optional);
    if (!optional) keys_.insert(std::move(reference));
  }

  std::vector<KeyReference> SortedKeys() const { return {keys_.begin(), keys_.end()}; }
  std::vector<ObjectReference> Sorted() const {
    std::vector<ObjectReference> references;
    for (const auto& [key, optional] : optional_) {
      references.push_back({key.first, key.second, optional});
    }
    return references;
  }

 private:
  std::map<std::pair<Kind, std::string>, bool> optional_;
  std::set<KeyReference> keys_;
};

template <class Source>
void Add(Kind kind, const Source& source, Mentions* mentions) {
  mentions->Add(kind, source.localobjectreference().name(), source.optional());
}

template <class Source>
void AddVariable(Kind kind, const Source& source, Mentions* mentions) {
  mentions->AddKey({kind, source.localobjectreference().name(), source.key(), false},
                   source.optional());
}

// As files: all of it, or the keys that are chosen.
template <class Source>
void AddFiles(Kind kind, const std::string& name, const Source& source, Mentions* mentions) {
  mentions->Add(kind, name, source.optional());
  for (const core::KeyToPath& item : source.items()) {
    mentions->AddKey({kind, name, item.key(), true}, source.optional());
  }
}

void AddContainer(const core::Container& container, Mentions* mentions) {
  for (const core::EnvFromSource& source : container.envfrom()) {
    Add(Kind::kConfigMap, source.configmapref(), mentions);
    Add(Kind::kSecret, source.secretref(), mentions);
  }
  for (const core::EnvVar& entry : container.env()) {
    // As the kubelet has it, a value hides its source.
    if (!entry.value().empty()) continue;
    const core::EnvVarSource& source = entry.valuefrom();
    if (source.has_configmapkeyref())
      AddVariable(Kind::kConfigMap, source.configmapkeyref(), mentions);
    if (source.has_secretkeyref()) AddVariable(Kind::kSecret, source.secretkeyref(), mentions);
  }
}

void AddVolume(const core::PodSpec& spec, const core::Volume& volume, Mentions* mentions,
               std::vector<TokenReference>* tokens) {
  const core::VolumeSource& source = volume.volumesource();
  AddFiles(Kind::kConfigMap, source.configmap().localobjectreference().name(), source.configmap(),
           mentions);
  AddFiles(Kind::kSecret, source.secret().secretname(), source.secret(), mentions);
  const auto& projections = source.projected().sources();
  for (int i = 0; i < projections.size(); ++i) {
    const auto& map = projections[i].configmap();
    const auto& secret = projections[i].secret();
    AddFiles(Kind::kConfigMap, map.localobjectreference().name(), map, mentions);
    AddFiles(Kind::kSecret, secret.localobjectreference().name(), secret, mentions);
    if (projections[i].has_serviceaccounttoken()) tokens->push_back(TokenOf(spec, volume, i));
  }
  if (NeedsSecret(source.csi().driver())) {
    mentions->Add(Kind::kSecret, source.csi().nodepublishsecretref().name(), false);
  }
}

std::vector<std::string> ClaimsOf(const core::Pod& pod) {
  std::set<std::string> claims;
  for (const core::Volume& volume : pod.spec().volumes()) {
    if (std::string name = ClaimNameOf(pod, volume); !name.empty()) claims.insert(std::move(name));
  }
  return {claims.begin(), claims.end()};
}

}  // namespace

TokenReference TokenOf(const core::PodSpec& spec, const core::Volume& volume, int source_index) {
  const auto& token = volume.volumesource().projected().sources(source_index).serviceaccounttoken();
  return {
      .volume = volume.name(),
      .source_index = source_index,
      .service_account = spec.serviceaccountname().empty() ? "default" : spec.serviceaccountname(),
      .audience = token.audience(),
      .expiration_seconds =
          token.has_expirationseconds() ? token.expirationseconds() : kDefaultExpiration};
}

PodReferences FindFileReferences(const core::Pod& pod) {
  Mentions mentions;
  PodReferences references;
  for (const core::Volume& volume : pod.spec().volumes()) {
    AddVolume(pod.spec(), volume, &mentions, &references.tokens);
  }
  references.objects = mentions.Sorted();
  references.keys = mentions.SortedKeys();
  return references;
}

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
  references.keys = mentions.SortedKeys();
  references.claims = ClaimsOf(pod);
  return references;
}

}  // namespace vk::translate
