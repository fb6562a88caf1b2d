#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "base/task_group.h"

// What an unfit compiler gets wrong: g++ 12 destroys these temporaries twice in a full expression
// with co_await, without a warning. Under AddressSanitizer each is a double free.
namespace vk::base {
namespace {

namespace asio = boost::asio;

constexpr char kLong[] = "a region name too long for the small string optimisation";

struct Options {
  std::string region;
  int count = 0;
};

asio::awaitable<std::string> ListByValue(Options options) { co_return options.region; }
asio::awaitable<std::string> ListByReference(const Options& options) { co_return options.region; }

asio::awaitable<std::string> CallWith(auto make) { co_return make(); }

asio::awaitable<void> Probe(std::vector<std::string>* got) {
  got->push_back(co_await ListByValue({.region = kLong, .count = 50}));
  got->push_back(co_await ListByReference({.region = kLong, .count = 50}));
  const std::string captured = kLong;
  got->push_back(co_await CallWith([captured] { return captured; }));
  const bool first = got->size() == 3;
  got->push_back(first ? co_await ListByValue({.region = kLong}) : std::string("other"));
  const std::vector<std::string> listed{kLong, co_await ListByValue({.region = kLong})};
  got->insert(got->end(), listed.begin(), listed.end());
}

TEST(ToolchainProbeTest, TemporariesAroundCoAwaitAreDestroyedOnce) {
  asio::io_context io(1);
  TaskGroup group(io.get_executor());
  std::vector<std::string> got;
  group.Spawn("probe", Probe(&got));

  io.run();

  EXPECT_EQ(got, std::vector<std::string>(6, kLong));
}

}  // namespace
}  // namespace vk::base
