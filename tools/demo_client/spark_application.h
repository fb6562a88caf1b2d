#pragma once

#include <string>
#include <string_view>

namespace vk::demo {

// An application as Spark 3.5 puts it into a cluster (captured from spark-submit and its executor
// allocator): one driver, executors owned by it, a ConfigMap for each role. Each function returns
// the object's protobuf bytes. Placed on the virtual node by selector and toleration.

inline constexpr std::string_view kNamespace = "spark-demo";
inline constexpr std::string_view kDriverName = "demo-driver";

// The image of all containers, which the demonstration's image cache holds.
inline constexpr std::string_view kImage = "spark:3.5.9";

// The running driver, as its executors are told.
struct Driver {
  std::string uid;
  std::string ip;
};

std::string MakeNamespace();

enum class Role { kDriver, kExecutor };
std::string ConfigMapName(Role role);
std::string MakeConfigMap(Role role);

std::string MakeDriver();

// `id` counts from 1. 30 entries of environment, a ConfigMap, an emptyDir; the API server adds the
// token.
std::string MakeExecutor(int id, const Driver& driver);
std::string ExecutorName(int id);

}  // namespace vk::demo
