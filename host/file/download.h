// One file over HTTP, by libcurl.
#pragma once
#include <cstddef>
#include <functional>
#include <string>

namespace ae {

struct DownloadOptions {
    long connect_seconds = 10;                                ///< to reach the server
    long stall_seconds = 20;                                  ///< without a kilobyte a second
    std::size_t most_bytes = std::size_t(64) << 20;           ///< a longer answer is refused
    std::function<void(double done, double total)> progress;  ///< bytes; total 0 while unknown; may throw to stop
};

/// The content of an http or https URL, held in memory: nothing is written before it is checked.
/// Redirections are followed, but never out of http and https. Throws DataError: the URL and the reason.
std::string download(const std::string& url, const DownloadOptions& options = {});

}  // namespace ae
