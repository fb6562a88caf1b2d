#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/http/transport.h"
#include "provider/kube/kube_api.h"
#include "provider/kube/token_source.h"

namespace vk::kube {

// KubeApi over HTTP: protobuf bodies (JSON of custom resources), JSON patches, watches on
// connections of their own. A 401 makes it ask for a new token and try once more, also for writes,
// since a refused call did nothing.
//
// Calls about Leases and Nodes go out over `urgent`, the same server's connections that nothing
// else uses: a Lease that is not renewed within seconds, or a Node without heartbeats, costs the
// whole node, so that they never wait behind the calls for single pods.
//
// Stateless apart from its parts, so that calls run side by side. REQUIRES: transports, clock and
// tokens outlive this object and its streams.
class HttpKubeApi final : public KubeApi {
 public:
  HttpKubeApi(base::HttpTransport& transport, base::HttpTransport& urgent, base::Clock& clock,
              TokenSource& tokens)
      : transport_(transport), urgent_(urgent), clock_(clock), tokens_(tokens) {}

  boost::asio::awaitable<base::Result<std::string>> Get(Resource resource, ObjectKey key,
                                                        base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<ListPage>> List(Resource resource, std::string ns,
                                                      ListOptions options,
                                                      base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<std::unique_ptr<WatchStream>>> Watch(
      Resource resource, std::string ns, WatchOptions options, base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<std::string>> Create(Resource resource, ObjectKey key,
                                                           std::string object,
                                                           base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<std::string>> Update(Resource resource, ObjectKey key,
                                                           std::string object,
                                                           base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<std::string>> Patch(Resource resource, ObjectKey key,
                                                          PatchType type, std::string body,
                                                          base::TimePoint deadline) override;
  boost::asio::awaitable<base::Status> Delete(Resource resource, ObjectKey key,
                                              DeleteOptions options,
                                              base::TimePoint deadline) override;

 private:
  base::HttpTransport& TransportFor(const Resource& resource) const;
  // One call about the object of that name (empty: about a collection), with the token; an error
  // for every status of 300 and above, which begins with `verb` and what it was about.
  boost::asio::awaitable<base::Result<base::HttpResponse>> Call(std::string_view verb,
                                                                base::HttpRequest request,
                                                                Resource resource, ObjectKey key,
                                                                base::Repeat repeat,
                                                                base::TimePoint deadline);
  // The same, and the object in the reply.
  boost::asio::awaitable<base::Result<std::string>> CallForObject(std::string_view verb,
                                                                  base::HttpRequest request,
                                                                  Resource resource, ObjectKey key,
                                                                  base::Repeat repeat,
                                                                  base::TimePoint deadline);
  // A request of its own for each try, since the token may change between them.
  boost::asio::awaitable<base::Result<base::HttpRequest>> Signed(base::HttpRequest request,
                                                                 base::TimePoint deadline);

  base::HttpTransport& transport_;
  base::HttpTransport& urgent_;
  base::Clock& clock_;
  TokenSource& tokens_;
};

}  // namespace vk::kube
