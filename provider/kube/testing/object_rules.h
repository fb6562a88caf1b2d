#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "provider/kube/testing/stored_kind.h"

namespace vk::kube {

// What the API server does to an object of any kind before it keeps it. Pure functions. Source:
// pkg/registry/rest and pkg/registry/core of Kubernetes, api/validation of apimachinery.

// Sets what only the server may: uid, creationTimestamp, defaults of the kind. Errors: 422.
base::Status PrepareCreate(const StoredKind& kind, base::WallTime now, std::string uid,
                           google::protobuf::Message* object);

// Puts back what a write to `subresource` (empty: the object itself) may not change. Errors: 422
// for another uid, a finalizer added during deletion, and the rules of the kind.
base::Status PrepareUpdate(const StoredKind& kind, std::string_view subresource,
                           const google::protobuf::Message& old, google::protobuf::Message* next);

// True when the last finalizer of an object that waits for that alone has gone.
bool DeletionIsDue(const google::protobuf::Message& object);

enum class DeletionStep {
  kNone,             // It goes on as it was asked for before.
  kUpdate,           // The object is marked and stays.
  kUpdateAndRemove,  // Marked, then removed: watchers see both.
  kRemove,
};

// Decides what a DELETE does to `object`, and marks it. A grace once given only gets shorter. Only
// pods get any. Source: BeforeDelete in registry/rest/delete.go.
DeletionStep MarkForDeletion(std::optional<std::int64_t> grace, base::WallTime now,
                             google::protobuf::Message* object);

}  // namespace vk::kube
