#include "file/download.h"

#include <gmock/gmock.h>

#include <future>
#include <map>

#include "ae/error.h"
#include "data/known_set.h"
#include "file/gzip.h"
#include "http_server.h"
#include "idx_files.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using test::Environment;
using test::HttpServer;
using test::LocalPort;
using test::TemporaryFolder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// A proxy that the machine may have is not asked for 127.0.0.1.
const Environment no_proxy("no_proxy", "127.0.0.1");

std::string refusal(const std::string& url, const DownloadOptions& options = {}) {
    return test::message_of<DataError>([&] { download(url, options); });
}

TEST(Download, GivesTheBytesAndReportsThem) {
    const std::string body(300'000, 'x');
    const HttpServer server([&](const std::string&) { return HttpServer::ok(body); });
    double done = 0, total = 0;
    DownloadOptions options;
    options.progress = [&](double d, double t) { done = d, total = t; };
    EXPECT_EQ(download(server.url("file"), options), body);
    EXPECT_EQ(done, 300'000);
    EXPECT_EQ(total, 300'000);
}

TEST(Download, FollowsRedirectionsButOnlyToHttp) {
    const HttpServer server([&](const std::string& path) {
        if (path == "moved") return HttpServer::redirection("/here");
        if (path == "local") return HttpServer::redirection("file:///etc/hostname");
        if (path == "round") return HttpServer::redirection("/round");
        return HttpServer::ok(path);
    });
    EXPECT_EQ(download(server.url("moved")), "here");
    EXPECT_THAT(refusal(server.url("local")), HasSubstr("Protocol \"file\" not supported"));
    EXPECT_THAT(refusal(server.url("round")), HasSubstr("Maximum (5) redirects followed"));
    EXPECT_THAT(refusal("file:///etc/hostname"), HasSubstr("Protocol \"file\" not supported"));
}

TEST(Download, SaysWhyNothingCame) {
    const HttpServer server([&](const std::string& path) {
        if (path == "short") return HttpServer::with_length("abc", 1000);
        if (path == "silent") return std::string();
        return HttpServer::not_found();
    });
    EXPECT_THAT(refusal(server.url("absent")), AllOf(HasSubstr(server.url("absent")), HasSubstr("404")));
    EXPECT_THAT(refusal(server.url("short")), HasSubstr("with 997 bytes remaining to read"));
    EXPECT_THAT(refusal(server.url("silent")), HasSubstr("Empty reply from server"));
    const LocalPort gone;
    EXPECT_THAT(refusal(gone.url()), HasSubstr("Couldn't connect to server"));
}

TEST(Download, EndsWhereTheServerStalls) {
    std::promise<void> given_up;
    const HttpServer server([&](const std::string&) {
        given_up.get_future().wait_for(std::chrono::seconds(10));
        return HttpServer::ok("late");
    });
    DownloadOptions options;
    options.stall_seconds = 1;
    EXPECT_THAT(refusal(server.url(), options), HasSubstr("too slow"));
    given_up.set_value();
}

TEST(Download, RefusesMoreThanItsLimit) {
    const HttpServer server([&](const std::string& path) {
        const std::string body(path == "more" ? 1001 : 1000, 'x');
        return "HTTP/1.0 200 OK\r\n\r\n" + body;  // no length declared
    });
    DownloadOptions options;
    options.most_bytes = 1000;
    EXPECT_EQ(download(server.url("enough"), options).size(), 1000u);
    EXPECT_THAT(refusal(server.url("more"), options), HasSubstr("longer than 1000 bytes"));
}

TEST(Download, StopsWithTheExceptionOfItsObserver) {
    const HttpServer server([&](const std::string&) { return HttpServer::ok("abc"); });
    struct Stop {};
    DownloadOptions options;
    options.progress = [](double, double) { throw Stop(); };
    EXPECT_THROW(download(server.url(), options), Stop);
}

// ---------------------------------------------------------------------------------------------------------------------
// whole sets

/// A made-up set on a made-up mirror.
class FetchTest : public testing::Test {
protected:
    FetchTest() {
        for (const char* stem : {"train", "t10k"}) {
            const std::uint32_t count = stem[1] == 'r' ? 7 : 3;
            files_[std::string(stem) + "-images-idx3-ubyte.gz"] = test::gzip(test::counting_idx({count, 4, 5}));
            files_[std::string(stem) + "-labels-idx1-ubyte.gz"] = test::gzip(test::counting_idx({count}));
        }
        const char* names[] = {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
                               "t10k-labels-idx1-ubyte.gz"};
        for (std::size_t i = 0; i < 4; ++i) set_.sha256[i] = gunzipped_sha256(files_[names[i]]);
        set_.mirrors = {good_.url("set/")};
    }

    bool fetch() { return fetch_known_set(set_, cache_, options_, tried_); }

    std::vector<std::string> kept() const {
        std::vector<std::string> names;
        if (fs::exists(cache_))
            for (const auto& entry : fs::directory_iterator(cache_)) names.push_back(entry.path().filename());
        return names;
    }

    std::string answer(const std::string& path) const {
        const auto at = files_.find(fs::path(path).filename());
        return at == files_.end() ? HttpServer::not_found() : HttpServer::ok(at->second);
    }

    std::map<std::string, std::string> files_;
    HttpServer good_{[this](const std::string& path) { return answer(path); }};
    TemporaryFolder folder_;
    fs::path cache_ = folder_ / "deep/cache";
    KnownSet set_{"made-up", {}, {}};
    DatasetOptions options_;
    std::vector<std::string> tried_;
    Environment mirror_{"AE_MIRROR", nullptr};
};

TEST_F(FetchTest, PutsASetIntoTheCache) {
    std::vector<std::string> log;
    options_.log = [&](const std::string& line) { log.push_back(line); };
    EXPECT_TRUE(fetch());
    EXPECT_EQ(kept().size(), 4u);
    EXPECT_TRUE(tried_.empty());
    EXPECT_EQ(log.size(), 4u);
    EXPECT_EQ(log[0], "downloading " + good_.url("set/train-images-idx3-ubyte.gz"));
    for (const auto& [name, bytes] : files_) EXPECT_EQ(fs::file_size(cache_ / name), bytes.size());

    DatasetOptions options;
    options.source = cache_;
    EXPECT_EQ(load_dataset(options).train.count, 7);
}

TEST_F(FetchTest, AsksOnlyForWhatIsMissing) {
    EXPECT_TRUE(fetch());
    fs::remove(cache_ / "t10k-images-idx3-ubyte.gz");
    EXPECT_TRUE(fetch());
    EXPECT_EQ(good_.requests(), 5);
}

TEST_F(FetchTest, TakesTheNextMirrorWhereOneFails) {
    const LocalPort gone;
    const HttpServer empty([](const std::string&) { return HttpServer::not_found(); });
    set_.mirrors = {gone.url(), empty.url(), good_.url("set/")};
    EXPECT_TRUE(fetch());
    EXPECT_EQ(kept().size(), 4u);
    EXPECT_EQ(tried_.size(), 8u);
}

TEST_F(FetchTest, KeepsNothingOfAWrongFile) {
    const auto fails_with = [&](const HttpServer::Answer& answer, const std::string& why) {
        const HttpServer server(answer);
        set_.mirrors = {server.url()};
        tried_.clear();
        EXPECT_FALSE(fetch());
        EXPECT_THAT(tried_, ElementsAre(AllOf(HasSubstr(server.url("train-images-idx3-ubyte.gz")), HasSubstr(why))));
        EXPECT_THAT(kept(), ElementsAre());
    };
    const std::string right = files_["train-images-idx3-ubyte.gz"];
    fails_with([](auto&) { return HttpServer::ok(test::gzip("another")); }, "SHA-256");
    fails_with([](auto&) { return HttpServer::ok("<html>"); }, "6 bytes came, which are not a whole gzip file");
    fails_with([&](auto&) { return HttpServer::ok(right.substr(0, 40)); }, "not a whole gzip file");
    fails_with([&](auto&) { return HttpServer::with_length(right.substr(0, 40), right.size()); }, "remaining to read");
    fails_with([](auto&) { return HttpServer::not_found(); }, "404");
}

TEST_F(FetchTest, SaysWhereTheCacheCannotBeWritten) {
    test::write(folder_ / "deep", "a file where a folder should be");
    EXPECT_FALSE(fetch());
    EXPECT_THAT(tried_, ElementsAre(HasSubstr((cache_ / "train-images-idx3-ubyte.gz").string())));
}

TEST_F(FetchTest, AsksOnlyTheMirrorThatTheUserNames) {
    set_.mirrors = {"http://127.0.0.1:1/"};
    options_.mirror = good_.url("by-option");
    EXPECT_TRUE(fetch());
    fs::remove_all(cache_);
    options_.mirror.clear();
    const Environment mirror("AE_MIRROR", good_.url("by-environment/").c_str());
    EXPECT_TRUE(fetch());
    EXPECT_TRUE(tried_.empty());
}

TEST(FetchedMnist, IsReadFromTheCache) {
    const char* data = std::getenv("AE_DATA_DIR");
    const fs::path real = fs::path(data ? data : "") / "mnist";
    if (!data || !fs::exists(real)) GTEST_SKIP() << "no mnist in $AE_DATA_DIR";
    const HttpServer server([&](const std::string& path) {
        std::ifstream file(real / path, std::ios::binary);
        return HttpServer::ok({std::istreambuf_iterator<char>(file), {}});
    });
    const TemporaryFolder folder;
    const Environment none("AE_DATA_DIR", nullptr), cache("XDG_CACHE_HOME", folder.path().c_str());
    DatasetOptions options;
    options.mirror = server.url();
    EXPECT_EQ(load_dataset(options).test.count, 10'000);
    EXPECT_EQ(load_dataset(options).origin, (folder / "ae_cuda/mnist").string());
    EXPECT_EQ(server.requests(), 4);
}

}  // namespace
}  // namespace ae
