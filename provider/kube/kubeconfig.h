#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/http/tls.h"
#include "base/result.h"
#include "provider/kube/command_runner.h"
#include "provider/kube/token_source.h"

namespace vk::kube {

// How to reach an API server and as whom.
struct KubeAccess {
  std::string server;  // "https://10.0.0.1:6443"
  base::TlsClientOptions tls;
  // `tls` as the same files say now, since certificates and authorities are renewed under a running
  // program. Errors: as the first loading; kInvalidArgument when the files name another server now.
  std::function<base::Result<base::TlsClientOptions>()> read_tls;
  std::unique_ptr<TokenSource> tokens;  // Never null. Follows its file, too.
  std::string ns = "default";           // The context's, or the pod's own.
};

// What loading needs of the world. All that is referred to outlives the KubeAccess.
struct KubeAccessParts {
  FileReader read;
  base::Clock& clock;
  CommandRunner& runner;
  boost::asio::any_io_executor executor;
  std::vector<std::string> environment;  // "NAME=value", for credential plugins.
};

// Reads a kubeconfig: cluster (server, authorities, tls-server-name, insecure-skip-tls-verify) and
// user (client certificate, token, token file, exec plugin) of `context`, or of the file's
// current-context when that is empty. Inline data wins over files, a token file over a token, as in
// client-go; relative paths count from the file's folder.
// Errors: kInvalidArgument with every problem of the file at once, each with its key and a remedy.
// What this program cannot do (proxies, impersonation, passwords) is a problem too, never ignored.
base::Result<KubeAccess> LoadKubeconfig(const std::string& path, const std::string& context,
                                        const KubeAccessParts& parts);

// What a pod is given: KUBERNETES_SERVICE_HOST and _PORT, and a folder with token, ca.crt and
// namespace.
struct InCluster {
  std::string host;
  std::string port;
  std::string folder = "/var/run/secrets/kubernetes.io/serviceaccount";
};

// Errors: kInvalidArgument with every problem at once.
base::Result<KubeAccess> LoadInCluster(const InCluster& where, const KubeAccessParts& parts);

}  // namespace vk::kube
