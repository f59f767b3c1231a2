#include "file/download.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>

#include "ae/error.h"
#include "base/shared_library.h"

namespace ae {
namespace {

constexpr long kMostRedirections = 5;
constexpr const char* kProtocols = "http,https";

SharedLibrary load_curl() {
    try {
        return {"libcurl", {"libcurl.so.4", AE_CURL_FILE}, "its package in Debian is libcurl4"};
    } catch (const GpuError& error) {
        throw DataError(fmt::format("cannot download: {}", error.what()));
    }
}

/// The functions of libcurl, which is loaded for the first transfer: with the libraries that it needs it would take
/// every command a third of its start.
struct Curl {
    SharedLibrary library = load_curl();
    decltype(&curl_global_init) global_init = library.function("curl_global_init");
    decltype(&curl_global_cleanup) global_cleanup = library.function("curl_global_cleanup");
    decltype(&::curl_easy_init) easy_init = library.function("curl_easy_init");
    decltype(&::curl_easy_cleanup) easy_cleanup = library.function("curl_easy_cleanup");
    decltype(&::curl_easy_setopt) easy_setopt = library.function("curl_easy_setopt");
    decltype(&::curl_easy_perform) easy_perform = library.function("curl_easy_perform");
    decltype(&::curl_easy_strerror) easy_strerror = library.function("curl_easy_strerror");

    Curl() {
        if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::bad_alloc();  // it lacks nothing else
    }
    ~Curl() { global_cleanup(); }
    Curl(const Curl&) = delete;
    Curl& operator=(const Curl&) = delete;
};

/// Loaded and set up once.
const Curl& libcurl() {
    static const Curl loaded;
    return loaded;
}

/// The data of libcurl's callbacks. An exception must not pass through C: it waits here for the end of the transfer.
struct Transfer {
    const DownloadOptions& options;
    std::string body;
    bool too_long = false;
    std::exception_ptr stopped;
};

std::size_t receive(char* bytes, std::size_t, std::size_t count, void* user) noexcept {
    auto& transfer = *static_cast<Transfer*>(user);
    transfer.too_long = count > transfer.options.most_bytes - transfer.body.size();
    if (transfer.too_long) return CURL_WRITEFUNC_ERROR;
    try {
        transfer.body.append(bytes, count);
    } catch (...) {
        transfer.stopped = std::current_exception();
        return CURL_WRITEFUNC_ERROR;
    }
    return count;
}

int report(void* user, curl_off_t total, curl_off_t done, curl_off_t, curl_off_t) noexcept {
    auto& transfer = *static_cast<Transfer*>(user);
    try {
        if (transfer.options.progress) transfer.options.progress(static_cast<double>(done), static_cast<double>(total));
    } catch (...) {
        transfer.stopped = std::current_exception();
        return 1;
    }
    return 0;
}

template <typename Value>
void set(CURL* curl, CURLoption option, Value value) {
    const CURLcode code = libcurl().easy_setopt(curl, option, value);
    if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
    if (code != CURLE_OK)
        throw std::runtime_error(
            fmt::format("libcurl refuses option {}: {}", static_cast<int>(option), libcurl().easy_strerror(code)));
}

void prepare(CURL* curl, const std::string& url, Transfer& transfer, char* reason) {
    set(curl, CURLOPT_URL, url.c_str());
    set(curl, CURLOPT_ERRORBUFFER, reason);
    set(curl, CURLOPT_USERAGENT, "ae_cuda");
    set(curl, CURLOPT_NOSIGNAL, 1L);
    set(curl, CURLOPT_FAILONERROR, 1L);
    set(curl, CURLOPT_PROTOCOLS_STR, kProtocols);
    set(curl, CURLOPT_REDIR_PROTOCOLS_STR, kProtocols);
    set(curl, CURLOPT_FOLLOWLOCATION, 1L);
    set(curl, CURLOPT_MAXREDIRS, kMostRedirections);
    set(curl, CURLOPT_CONNECTTIMEOUT, transfer.options.connect_seconds);
    set(curl, CURLOPT_LOW_SPEED_LIMIT, 1000L);
    set(curl, CURLOPT_LOW_SPEED_TIME, transfer.options.stall_seconds);
    set(curl, CURLOPT_WRITEFUNCTION, receive);
    set(curl, CURLOPT_WRITEDATA, &transfer);
    set(curl, CURLOPT_XFERINFOFUNCTION, report);
    set(curl, CURLOPT_XFERINFODATA, &transfer);
    set(curl, CURLOPT_NOPROGRESS, 0L);
}

}  // namespace

std::string download(const std::string& url, const DownloadOptions& options) {
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(libcurl().easy_init(), libcurl().easy_cleanup);
    if (!curl) throw std::bad_alloc();
    std::array<char, CURL_ERROR_SIZE> reason{};
    Transfer transfer{options, {}, false, nullptr};
    prepare(curl.get(), url, transfer, reason.data());

    const CURLcode code = libcurl().easy_perform(curl.get());
    if (transfer.stopped) std::rethrow_exception(transfer.stopped);
    if (transfer.too_long)
        throw DataError(fmt::format("{}: longer than {} bytes, not a file of this data set", url, options.most_bytes));
    if (code != CURLE_OK)
        throw DataError(fmt::format("{}: {}", url, reason[0] ? reason.data() : libcurl().easy_strerror(code)));
    return std::move(transfer.body);
}

}  // namespace ae
