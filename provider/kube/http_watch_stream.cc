#include "provider/kube/http_watch_stream.h"

#include <optional>
#include <utility>

#include "provider/kube/watch_frames.h"

namespace vk::kube {
namespace {

using Events = std::vector<WatchEvent>;

// So many are decoded in one slice of the core thread.
constexpr std::size_t kMaxBatch = 100;

class HttpWatchStream final : public WatchStream {
 public:
  HttpWatchStream(std::unique_ptr<base::HttpStream> stream, base::Clock& clock)
      : stream_(std::move(stream)), clock_(clock), received_(clock.Now()) {}

  boost::asio::awaitable<base::Result<Events>> Next(base::TimePoint deadline) override {
    for (;;) {
      if (failed_) co_return std::unexpected(*failed_);
      Events events = Decode();
      if (!events.empty()) co_return events;
      if (failed_) continue;
      VK_CO_TRY(bytes, co_await stream_->Read(deadline));
      received_ = clock_.Now();
      if (!bytes.empty()) {
        frames_.Append(bytes);
        continue;
      }
      if (!frames_.in_mid_frame()) co_return Events();
      failed_ = base::Error(base::ErrorCode::kUnavailable,
                            "read a watch: the connection ended within an event");
    }
  }

 private:
  // What came before an error is handed out before it.
  Events Decode() {
    Events events;
    while (events.size() < kMaxBatch) {
      auto event = frames_.Next();
      if (!event) {
        failed_ = std::move(event).error();
        break;
      }
      if (!*event) break;
      (*event)->received = received_;
      events.push_back(**std::move(event));
    }
    return events;
  }

  std::unique_ptr<base::HttpStream> stream_;
  base::Clock& clock_;
  WatchFrames frames_;
  base::TimePoint received_;
  std::optional<base::Error> failed_;
};

}  // namespace

std::unique_ptr<WatchStream> MakeHttpWatchStream(std::unique_ptr<base::HttpStream> stream,
                                                 base::Clock& clock) {
  return std::make_unique<HttpWatchStream>(std::move(stream), clock);
}

}  // namespace vk::kube
