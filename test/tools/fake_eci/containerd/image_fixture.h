#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/asio_clock.h"
#include "base/log.h"
#include "base/task_group.h"
#include "test/tools/fake_eci/containerd/fake_containerd.h"
#include "tools/fake_eci/containerd/cri_client.h"
#include "tools/fake_eci/containerd/image_store.h"

namespace vk::fake {

// Lines that were written, with their fields.
class KeptLog final : public base::Log {
 public:
  void Write(base::LogLevel, std::string_view message,
             std::initializer_list<Field> fields) override {
    lines.emplace_back(message);
    base::AppendFields(fields, &lines.back());
  }

  std::vector<std::string> lines;
};

// A store over such a containerd, in a folder of its own. Time is the machine's, since gRPC has no
// other.
class ImageTest : public testing::Test {
 protected:
  ImageTest() : folder_(MakeFolder()), containerd_(folder_ + "/socket") {}
  ~ImageTest() override { std::filesystem::remove_all(folder_); }

  void TearDown() override {
    containerd_.LetAllEnd();
    tasks_.Cancel();
    EXPECT_TRUE(RunUntil([this] { return tasks_.size() == 0; }));
  }

  // Runs until it is so, for ten seconds at most.
  template <class Condition>
  bool RunUntil(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition() && std::chrono::steady_clock::now() < limit) {
      io_.run_one_for(std::chrono::milliseconds(10));
    }
    return condition();
  }

  // Until nothing is pulled or removed any more.
  void Settle() {
    EXPECT_TRUE(RunUntil([this] { return tasks_.size() == 0; }));
  }

  void WaitForPulls(std::size_t count) {
    EXPECT_TRUE(RunUntil([&] { return containerd_.pulls().size() == count; }));
  }

  const std::string folder_;
  FakeContainerd containerd_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  base::AsioClock clock_{io_};
  KeptLog log_;
  CriClient cri_{folder_ + "/socket", clock_, io_.get_executor()};
  base::TaskGroup tasks_{io_.get_executor()};
  ImageStore store_{
      {.cri = cri_, .clock = clock_, .log = log_, .tasks = tasks_, .executor = io_.get_executor()}};

 private:
  static std::string MakeFolder() {
    std::string name = testing::TempDir() + "images-XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    return name;
  }
};

}  // namespace vk::fake
