#include "provider/kube/http_watch_stream.h"

#include <optional>
#include <utility>

namespace vk::kube {
namespace {

using Events = std::vector<WatchEvent>;

// So many are decoded in one slice of the core thread.
constexpr std::size_t kMaxBatch = 100;

class HttpWatchStream final : public WatchStream {
 public:
  HttpWatchStream(std::unique_ptr<base::HttpStream> stream, std::unique_ptr<WatchDecoder> decoder,
                  base::Clock& clock)
      : stream_(std::move(stream)),
        clock_(clock),
        decoder_(std::move(decoder)),
        received_(clock.Now()) {}

  boost::asio::awaitable<base::Result<Events>> Next(base::TimePoint deadline) override {
    for (;;) {
      if (failed_) co_return std::unexpected(*failed_);
      Events events = Decode();
      if (!events.empty()) co_return events;
      if (failed_) continue;
      VK_CO_TRY(bytes, co_await stream_->Read(deadline));
      received_ = clock_.Now();
      if (!bytes.empty()) {
        decoder_->Append(bytes);
        continue;
      }
      if (!decoder_->in_mid_frame()) co_return Events();
      failed_ = base::Error(base::ErrorCode::kUnavailable,
                            "read a watch: the connection ended within an event");
    }
  }

 private:
  // What came before an error is handed out before it.
  Events Decode() {
    Events events;
    while (events.size() < kMaxBatch) {
      auto event = decoder_->Next();
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
  std::unique_ptr<WatchDecoder> decoder_;
  base::TimePoint received_;
  std::optional<base::Error> failed_;
};

}  // namespace

std::unique_ptr<WatchStream> MakeHttpWatchStream(std::unique_ptr<base::HttpStream> stream,
                                                 std::unique_ptr<WatchDecoder> decoder,
                                                 base::Clock& clock) {
  return std::make_unique<HttpWatchStream>(std::move(stream), std::move(decoder), clock);
}

}  // namespace vk::kube
