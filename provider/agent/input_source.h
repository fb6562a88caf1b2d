#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/task_group.h"
#include "provider/agent/pod_snapshot.h"
#include "provider/agent/pod_tokens.h"
#include "provider/kube/kube_api.h"
#include "provider/translate/references.h"

namespace vk::agent {

// The fetched inputs of one pod, owning what PodInputs points to.
struct FetchedInputs {
  translate::PodInputs inputs;
  std::vector<std::shared_ptr<const k8s::io::api::core::v1::ConfigMap>> config_maps;
  std::vector<std::shared_ptr<const k8s::io::api::core::v1::Secret>> secrets;
  std::vector<std::shared_ptr<const k8s::io::api::core::v1::Service>> services;
  std::vector<std::shared_ptr<const k8s::io::api::core::v1::PersistentVolumeClaim>> claims;
  std::vector<std::shared_ptr<const k8s::io::api::core::v1::PersistentVolume>> volumes;
  bool claims_ready = true;                // False: one of them is what the pod will wait for.
  std::vector<translate::Notice> notices;  // For people, once per group that is made of this.
};

// Fetches what pods refer to: ConfigMaps, Secrets, claims with the volumes that they are bound to
// and the one Secret that such a volume needs, shared by all pods that ask within a second and
// never older than the pod that asks; bound tokens, one per projected source; services from a list
// that is kept up to date. Core thread.
class InputSource {
 public:
  // Called for each pod that waits for an object when it may have arrived.
  using OnArrival = std::function<void(const std::string& uid)>;

  // `token_lifetime`: see PodTokens.
  InputSource(kube::KubeApi& api, base::Clock& clock, base::Log& log, base::TaskGroup& tasks,
              boost::asio::any_io_executor executor,
              std::chrono::seconds token_lifetime = kTokenLifetime);

  void set_on_arrival(OnArrival on_arrival) { on_arrival_ = std::move(on_arrival); }

  // Everything `references` names. An object that does not exist is left out; when it is a required
  // one, or one cannot be parsed, so are tokens and services, since the pod will wait anyway.
  // `not_before` is when the pod was first seen, and an object read earlier is read again. Errors:
  // the API server's, for anything but NotFound.
  boost::asio::awaitable<base::Result<FetchedInputs>> Fetch(std::shared_ptr<const PodSnapshot> pod,
                                                            translate::PodReferences references,
                                                            base::TimePoint not_before);

  // The pod waits for these objects: until StopWaiting, on_arrival (which must be set) is called at
  // each event that adds or changes one. One watch per object, shared by all pods that wait for it,
  // at most kMaxWatches; beyond that each is read, and on_arrival called, once a second. A watch
  // that ends is opened again at most once a second, or when the server asks for it. What may not
  // be watched is read every five seconds instead.
  void WaitFor(const PodSnapshot& pod, const std::vector<translate::ObjectReference>& missing);
  void StopWaiting(const std::string& uid);

  // The list of services, fed by its reflector. When a list was `complete`, services that it did
  // not name are gone.
  bool UpsertService(std::string_view bytes);  // False: the bytes are no Service.
  void RemoveService(const std::string& ns, const std::string& name);
  void BeginServices();
  void EndServices(bool complete);
  bool services_synced() const { return services_synced_; }

  static constexpr std::size_t kMaxWatches = 64;
  static constexpr std::chrono::hours kTokenLifetime{24};

 private:
  using Kind = translate::ObjectReference::Kind;
  struct ObjectId {
    Kind kind;
    std::string ns;
    std::string name;
    auto operator<=>(const ObjectId&) const = default;
  };
  struct Cached {
    base::TimePoint asked;
    bool loading = false;
    base::Result<std::shared_ptr<const std::string>> bytes =
        std::shared_ptr<const std::string>();  // Null: does not exist.
    std::vector<std::shared_ptr<base::Event>> waiting;
  };

  boost::asio::awaitable<base::Result<std::shared_ptr<const std::string>>> Read(
      ObjectId id, base::TimePoint not_before);
  // Adds the claims and what they lead to. In claim_inputs.cc.
  boost::asio::awaitable<base::Result<FetchedInputs>> FetchClaims(std::string ns,
                                                                  std::vector<std::string> claims,
                                                                  base::TimePoint not_before,
                                                                  FetchedInputs fetched);
  boost::asio::awaitable<void> Watch(ObjectId id);
  boost::asio::awaitable<base::Status> WatchOnce(ObjectId id);
  boost::asio::awaitable<base::Status> ReadOnce(ObjectId id);
  void DropOld();
  void Arrived(const ObjectId& id);
  void AddServices(const std::string& ns, FetchedInputs* fetched) const;

  using ServiceKey = std::pair<std::string, std::string>;

  kube::KubeApi& api_;
  base::Clock& clock_;
  base::Log& log_;
  base::TaskGroup& tasks_;
  boost::asio::any_io_executor executor_;
  PodTokens tokens_;
  OnArrival on_arrival_;
  std::map<ObjectId, std::shared_ptr<Cached>> cache_;
  std::map<ObjectId, std::set<std::string>> waiting_;  // Pods by what they wait for.
  std::map<std::string, std::set<ObjectId>> awaited_;  // The same by pod.
  std::map<ServiceKey, std::shared_ptr<const k8s::io::api::core::v1::Service>> services_;
  std::set<ServiceKey> incoming_services_;
  std::size_t watches_ = 0;
  bool services_synced_ = false;
};

}  // namespace vk::agent
