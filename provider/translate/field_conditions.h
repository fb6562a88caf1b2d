#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/translate/plan.h"

namespace vk::translate {

// Where a field stands and what is around it. Lives as long as one call of JudgeFields.
struct FieldContext {
  const k8s::io::api::core::v1::Pod& pod;
  const NodeFacts& node;
  const k8s::io::api::core::v1::Container* container = nullptr;  // Around the field, if any is.
  bool is_init = false;                                          // That is an init container.
  const k8s::io::api::core::v1::Volume* volume = nullptr;        // Around the field, if any is.
  const google::protobuf::Message* message = nullptr;            // Which has the field.
  const google::protobuf::FieldDescriptor* field = nullptr;
};

// On what the treatment of a field depends besides its own presence.
struct FieldCondition {
  bool (*holds)(const FieldContext& context);
  std::string_view text;  // For the page of all fields: "runAsUser is over 0".
};

// The value of the field as text if it is a scalar; empty for lists and messages.
std::string ScalarText(const google::protobuf::Message& message,
                       const google::protobuf::FieldDescriptor& field);

namespace condition {

extern const FieldCondition kIsRuntimeDefault;
extern const FieldCondition kIsUnconfined;
extern const FieldCondition kUserIsNotRoot;
extern const FieldCondition kRuntimeClassIsListed;
extern const FieldCondition kGraceIsThePods;
extern const FieldCondition kRestartPolicyIsThePods;
extern const FieldCondition kPortIsTheContainers;
extern const FieldCondition kWithoutHostPort;
extern const FieldCondition kSandboxUsesPort;
extern const FieldCondition kIsSidecar;
extern const FieldCondition kSidecarRestarts;
extern const FieldCondition kIsOrdinaryInit;
extern const FieldCondition kGroupOfInitMatters;
extern const FieldCondition kHasInitWithoutGroup;
extern const FieldCondition kHasInitWithoutUser;
extern const FieldCondition kUserIsUnknown;
extern const FieldCondition kGroupsOpenStorage;
extern const FieldCondition kHasWritableDisk;
extern const FieldCondition kStartupDiffers;
extern const FieldCondition kIsTimeZoneFile;
extern const FieldCondition kIsSharedMemory;
extern const FieldCondition kIsScratchFolder;
extern const FieldCondition kIsReplacedFolder;

}  // namespace condition
}  // namespace vk::translate
