#pragma once

#include <google/protobuf/arena.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace k8s::io::api::core::v1 {
class Pod;
}  // namespace k8s::io::api::core::v1

namespace vk::agent {

// Pods for the length of one slice of work, all of their messages in one block of memory: a parsed
// executor has some six hundred of them, and making each on the heap costs more than reading it.
// Nothing that was got from it outlives it. Lives on the stack, never in a coroutine's frame:
// parsed Pods are no stored form.
class ScratchPods {
 public:
  ScratchPods();

  ScratchPods(const ScratchPods&) = delete;
  ScratchPods& operator=(const ScratchPods&) = delete;

  k8s::io::api::core::v1::Pod& New();

  // Null when the bytes are no Pod.
  k8s::io::api::core::v1::Pod* Parse(std::string_view bytes);

 private:
  alignas(std::max_align_t) std::array<char, 16u << 10> first_block_;
  google::protobuf::Arena arena_;
};

}  // namespace vk::agent
