#include "provider/agent/scratch_pods.h"

#include <limits>
#include <span>

#include "proto/kubernetes/core/v1/pod.pb.h"

namespace vk::agent {
namespace {

using google::protobuf::Arena;
using k8s::io::api::core::v1::Pod;

google::protobuf::ArenaOptions BeginningIn(std::span<char> block) {
  google::protobuf::ArenaOptions options;
  options.initial_block = block.data();
  options.initial_block_size = block.size();
  return options;
}

}  // namespace

ScratchPods::ScratchPods() : arena_(BeginningIn(first_block_)) {}

Pod& ScratchPods::New() { return *Arena::CreateMessage<Pod>(&arena_); }

Pod* ScratchPods::Parse(std::string_view bytes) {
  Pod& pod = New();
  const bool fits = bytes.size() <= std::numeric_limits<int>::max();
  return fits && pod.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ? &pod : nullptr;
}

}  // namespace vk::agent
