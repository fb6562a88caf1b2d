#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "provider/kube/kube_api.h"
#include "provider/kube/testing/stored_kind.h"
#include "provider/kube/testing/versioned_store.h"
#include "provider/kube/testing/watch_hub.h"

namespace vk::kube {

// An API server in memory, for tests and simulation: Pod, Node, Lease, Event, ConfigMap, Secret,
// Service, EndpointSlice, ServiceAccount (TokenRequest), Namespace, ImageCache. It answers what the
// real one answers to a node agent, wherever test/provider/kube/kube_contract.cc asks both;
// README.md lists what it leaves out. There are no controllers: nothing schedules, evicts or
// collects.
//
// Synchronous and deterministic: the same calls give the same uids, versions and events. The
// namespaces default, kube-system and kube-node-lease exist from the start. Used on one thread.
// Errors are those of KubeApi.
class FakeKube {
 public:
  using WallNow = std::function<base::WallTime()>;
  using Snapshot = VersionedStore::Snapshot;

  // Servers with different seeds never give the same uid.
  FakeKube(std::uint64_t seed, WallNow wall_now);
  FakeKube(const FakeKube&) = delete;
  FakeKube& operator=(const FakeKube&) = delete;

  base::Result<std::string> Get(const Resource& resource, const ObjectKey& key) const;
  base::Result<ListPage> List(const Resource& resource, const std::string& ns,
                              const ListOptions& options) const;
  base::Result<std::string> Create(const Resource& resource, const ObjectKey& key,
                                   std::string_view object);
  base::Result<std::string> Update(const Resource& resource, const ObjectKey& key,
                                   std::string_view object);
  base::Result<std::string> Patch(const Resource& resource, const ObjectKey& key, PatchType type,
                                  std::string_view body);
  base::Status Delete(const Resource& resource, const ObjectKey& key, const DeleteOptions& options);

  // Begins a watch. What it has to tell at once it tells `sink` before it returns; a version that
  // is too old breaks the watch there. `options.timeout` is the caller's to keep.
  // REQUIRES: `sink` outlives the watch, that is, until RemoveWatch or OnBroken.
  base::Result<WatchId> AddWatch(const Resource& resource, const std::string& ns,
                                 const WatchOptions& options, WatchSink& sink);
  // Idempotent.
  void RemoveWatch(WatchId id) { watches_.Remove(id); }
  std::size_t watch_count() const { return watches_.size(); }

  // A bookmark of the present version to every watch, as a real server sends about once a minute.
  void SendBookmarks() const { watches_.SendBookmarks(store_.revision()); }

  // Forgets the past: older watches and continue tokens answer 410.
  void Compact() { store_.Compact(); }

  // From here on cached lists, and watches from version "0", see the state of this moment, until
  // ReleaseCache: an API server that has lost touch with etcd.
  void HoldCache() { held_revision_ = store_.revision(); }
  void ReleaseCache() { held_revision_.reset(); }

  // Without it a watch with send_initial_events is refused, as by servers up to 1.33.
  void OfferWatchList(bool offered) { watch_list_offered_ = offered; }

  // As with --service-account-extend-token-expiration, which is the default of API servers.
  void ExtendTokens(bool extended) { extends_tokens_ = extended; }

  Snapshot TakeSnapshot() const { return store_.TakeSnapshot(); }
  // etcd restored from a backup: later objects are gone, versions count on from the snapshot's,
  // every watch breaks, and one that starts from a later version stays silent until that has been
  // passed. Uids are never given twice.
  void Restore(Snapshot snapshot);

  std::uint64_t revision() const { return store_.revision(); }

 private:
  struct Target {
    const StoredKind* kind;
    std::string key;
    StoredObjectPtr object;  // Null: there is none.
  };

  base::Result<Target> Locate(const Resource& resource, const ObjectKey& key) const;
  base::Result<Target> Require(const Resource& resource, const ObjectKey& key) const;
  base::Result<ObjectFilter> MakeFilter(const Resource& resource, const std::string& ns,
                                        std::string_view fields, std::string_view labels) const;
  base::Status CheckNamespace(const StoredKind& kind, const ObjectKey& key,
                              google::protobuf::Message* object) const;
  base::Result<std::string> Insert(const StoredKind& kind, const ObjectKey& key, MessagePtr object);
  base::Result<std::string> Replace(const Target& target, const ObjectKey& key, MessagePtr next);
  base::Result<std::string> IssueToken(const ObjectKey& key, std::string_view object);

  StoredObjectPtr Commit(const StoredKind& kind, google::protobuf::Message* object);
  void Remove(const StoredKind& kind, const std::string& key);
  void AddNamespace(const std::string& name);
  // What the controller manager puts into a new namespace at once.
  void AddNamespaceContent(const std::string& ns);
  std::string NewUid();
  std::uint64_t CachedRevision() const;

  WallNow wall_now_;
  base::Random random_;
  VersionedStore store_;
  WatchHub watches_;
  std::optional<std::uint64_t> held_revision_;
  bool watch_list_offered_ = true;
  bool extends_tokens_ = true;
};

}  // namespace vk::kube
