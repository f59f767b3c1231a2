#include "data/known_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "ae/error.h"
#include "file/atomic_file.h"
#include "file/cache_folder.h"
#include "file/download.h"
#include "file/gzip.h"
#include "file/paths.h"

namespace ae {
namespace fs = std::filesystem;

namespace {

std::string file_name(std::size_t i) {
    return fmt::format("{}-idx{}-ubyte.gz", kSetStems[i], kSetStems[i].ends_with("images") ? 3 : 1);
}

/// The mirror that the user names, or the public ones.
std::vector<std::string> mirrors_of(const KnownSet& set, const DatasetOptions& options) {
    std::string mirror = options.mirror;
    if (const char* named = std::getenv("AE_MIRROR"); mirror.empty() && named) mirror = named;
    if (mirror.empty()) return set.mirrors;
    if (!mirror.ends_with('/')) mirror += '/';
    return {mirror};
}

/// Downloads a file of the set into its place and checks it; throws Error if this mirror does not have it.
void fetch_from(const std::string& url, const std::string& sha256, const fs::path& place, const DatasetOptions& user) {
    if (user.log) user.log("downloading " + url);
    DownloadOptions options;
    if (user.progress)
        options.progress = [&](double done, double total) { user.progress(place.filename().string(), done, total); };
    const std::string bytes = download(url, options);
    std::string found;
    try {
        found = gunzipped_sha256(bytes);
    } catch (const DataError& error) {
        throw DataError(fmt::format("{}: {} bytes came, which are {}", url, bytes.size(), error.what()));
    }
    if (found != sha256)
        throw DataError(
            fmt::format("{}: another file came: its content has SHA-256 {}; {} was expected", url, found, sha256));
    create_folders(place.parent_path());  // write_file() reports what is wrong with the folder
    write_file(place, bytes);
}

bool fetch_from_any(const std::vector<std::string>& urls, const std::string& sha256, const fs::path& place,
                    const DatasetOptions& options, std::vector<std::string>& tried) {
    for (const std::string& url : urls) {
        try {
            fetch_from(url, sha256, place, options);
            return true;
        } catch (const DataError& error) {
            tried.push_back(error.what());
        } catch (const OutputError& error) {
            tried.push_back(error.what());
        }
    }
    return false;
}

}  // namespace

std::span<const KnownSet> known_sets() {
    static const std::vector<KnownSet> sets{
        {"mnist",
         {"ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
          "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
          "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
          "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
         {"https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"}},
        {"fashion-mnist",
         {"c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
          "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
          "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
          "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
         {"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"}}};
    return sets;
}

const KnownSet* find_known_set(std::string_view name) {
    const auto sets = known_sets();
    const auto at = std::ranges::find(sets, name, &KnownSet::name);
    return at == sets.end() ? nullptr : &*at;
}

bool is_set_name(std::string_view name) {
    return name == "synthetic" || find_known_set(name) != nullptr;
}

fs::path cache_folder(const KnownSet& set) {
    const fs::path folder = cache_folder();
    return folder.empty() ? folder : folder / set.name;
}

std::vector<fs::path> known_folders(const KnownSet& set) {
    std::vector<fs::path> folders;
    if (const char* data = std::getenv("AE_DATA_DIR"); data && *data) folders.push_back(fs::path(data) / set.name);
    folders.push_back(fs::path("data") / set.name);
    if (const fs::path cache = cache_folder(set); !cache.empty()) folders.push_back(cache);
    folders.push_back(fs::path("/usr/share/datasets") / set.name);  // where Debian's dataset-* packages install
    return folders;
}

bool fetch_known_set(const KnownSet& set, const fs::path& folder, const DatasetOptions& options,
                     std::vector<std::string>& tried) {
    remove_leftovers(folder);
    for (std::size_t i = 0; i < kSetFiles; ++i) {
        const std::string name = file_name(i);
        std::vector<std::string> urls = mirrors_of(set, options);
        for (std::string& url : urls) url += name;
        if (!is_file(folder / name) && !fetch_from_any(urls, set.sha256[i], folder / name, options, tried))
            return false;
    }
    return true;
}

}  // namespace ae
