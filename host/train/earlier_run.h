// The run that a new one replaces; its files stay until the new one has a checkpoint.
#pragma once
#include <filesystem>
#include <vector>

namespace ae {

/// Until a new run has a checkpoint, the logs and the configuration of the earlier one are kept under hidden names, and
/// its model and checkpoint stay in place.
class EarlierRunFiles {
public:
    EarlierRunFiles() = default;

    /// Sets those of `logs` aside that exist. Throws OutputError.
    void set_aside(const std::vector<std::filesystem::path>& logs);

    /// Puts the files back that were set aside, unless forget() came before: the new run left nothing.
    ~EarlierRunFiles();
    EarlierRunFiles(EarlierRunFiles&& other) noexcept;
    EarlierRunFiles& operator=(EarlierRunFiles&&) = delete;

    /// Whether set_aside() was called and forget() not yet.
    bool waits() const { return is_new_; }

    /// The new run has its checkpoint: removes the files that were set aside, and `results` of the earlier run.
    void forget(const std::vector<std::filesystem::path>& results);

    /// Puts the files back that a killed run had set aside before it had a checkpoint.
    static void restore(const std::vector<std::filesystem::path>& logs);

private:
    std::vector<std::filesystem::path> logs_;
    bool is_new_ = false;  ///< nothing of the new run is worth more than the earlier one
};

/// Whether a file may be one that a run of ours left: empty, or with the beginning that such a file has. What is not
/// must not be replaced. Throws OutputError where that cannot be told.
bool is_of_a_run(const std::filesystem::path& file);

}  // namespace ae
