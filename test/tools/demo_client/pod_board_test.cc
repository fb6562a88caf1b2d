#include "tools/demo_client/pod_board.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <utility>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/base/manual_clock.h"

namespace vk::demo {
namespace {

using std::chrono::seconds;

class PodBoardTest : public testing::Test {
 protected:
  static std::string Pod(const std::string& name, const std::string& phase) {
    k8s::io::api::core::v1::Pod pod;
    pod.mutable_metadata()->set_name(name);
    pod.mutable_spec()->set_nodename(phase.empty() ? "" : "node");
    pod.mutable_status()->set_phase(phase);
    return kube::ToBytes(pod);
  }

  void Show(kube::WatchEventType type, const std::string& name, const std::string& phase,
            seconds at) {
    kube::WatchEvent event{.type = type, .object = Pod(name, phase)};
    event.received = base::TimePoint(at);
    board_.OnEvent({.ns = "n", .name = name, .uid = "u", .resource_version = "1"},
                   std::move(event));
  }

  boost::asio::io_context io_;
  base::ManualClock clock_{io_};
  PodBoard board_{clock_, io_.get_executor()};
};

TEST_F(PodBoardTest, FirstFrameThatShowsRunningCounts) {
  Show(kube::WatchEventType::kAdded, "a", "", seconds(1));
  Show(kube::WatchEventType::kModified, "a", "Pending", seconds(2));
  Show(kube::WatchEventType::kModified, "a", "Running", seconds(3));
  Show(kube::WatchEventType::kModified, "a", "Running", seconds(4));

  ASSERT_NE(board_.Find("a"), nullptr);
  EXPECT_EQ(board_.Find("a")->running, base::TimePoint(seconds(3)));
  EXPECT_EQ(board_.running(), 1);
}

TEST_F(PodBoardTest, DeletedPodIsGoneOnce) {
  Show(kube::WatchEventType::kAdded, "a", "Running", seconds(1));
  Show(kube::WatchEventType::kAdded, "b", "Running", seconds(1));
  Show(kube::WatchEventType::kDeleted, "a", "Running", seconds(2));
  board_.OnListBegin();
  board_.OnListPage({{.identity = {.ns = "n", .name = "b", .uid = "u", .resource_version = "2"},
                      .object = Pod("b", "Running")}});
  board_.OnListEnd(true);

  EXPECT_EQ(board_.present(), 1);
  EXPECT_EQ(board_.running(), 2) << "what has gone had run";
}

TEST_F(PodBoardTest, PodMissingFromAListIsGoneOnlyWhenTheListIsComplete) {
  Show(kube::WatchEventType::kAdded, "a", "Running", seconds(1));
  board_.OnListBegin();
  board_.OnListEnd(false);
  EXPECT_EQ(board_.present(), 1);

  board_.OnListBegin();
  board_.OnListEnd(true);

  EXPECT_EQ(board_.present(), 0);
}

TEST_F(PodBoardTest, FailedPodIsToldUnlessItIsBeingDeleted) {
  Show(kube::WatchEventType::kAdded, "a", "Failed", seconds(1));

  ASSERT_EQ(board_.failures().size(), 1u);
  EXPECT_TRUE(board_.failures().front().starts_with("a: "));
}

}  // namespace
}  // namespace vk::demo
