"""tools/bench/pack on made-up programs, unpacked and run without an environment. Needs a C compiler, binutils and xz."""
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MNIST = [f"{part}-{kind}-ubyte.gz" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
RPATH = ["-Wl,-rpath,$ORIGIN/../lib", "-Wl,--disable-new-dtags"]
OPENBLAS = [f"{folder}/libopenblas.so.0" for folder in ("/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib")]
NEEDED = ["cc", "readelf", "strip", "ldd", "xz"]


@unittest.skipUnless(all(map(shutil.which, NEEDED)), f"one of {', '.join(NEEDED)} is missing")
class Pack(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.build, self.there = self.folder / "build", self.folder / "there"
        self.write("build/CMakeFiles/3/CMakeCUDACompiler.cmake", 'set(CMAKE_CUDA_COMPILER_VERSION "13.0.48")\n')
        for name in MNIST:
            self.write(f"data/mnist/{name}", name)
        self.compile("lib/libmine.so", "int mine() { return 0; }", "-shared")
        for name in ("bin/ae_cuda", "tests/kernels_tests"):
            self.program(name, *RPATH)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def compile(self, name, text, *options):
        """For the build folder."""
        target = self.build / name
        target.parent.mkdir(parents=True, exist_ok=True)
        source = self.write("source.c", text)
        subprocess.run(["cc", "-w", "-fPIC", source, "-o", target, *options], check=True)

    def program(self, name, *options):
        """Needs a library of ours and one of glibc's own."""
        libraries = ["-L", self.build / "lib", "-lmine", "-Wl,--no-as-needed", "-lresolv"]
        self.compile(name, "int mine(); int main() { return mine(); }", *libraries, *options)

    def pack(self, *options):
        command = [ROOT / "tools/bench/pack", "--build", self.build, "--out", self.folder / "out.tar.xz", *options]
        environment = os.environ | {"AE_DATA_DIR": str(self.folder / "data")}
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    def unpacked(self, *options):
        done = self.pack(*options)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.build.rename(self.folder / "gone")
        with tarfile.open(self.folder / "out.tar.xz") as archive:
            archive.extractall(self.there)
        return self.there / "ae_cuda-gpu"

    def refusal(self, *options):
        done = self.pack(*options)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertFalse((self.folder / "out.tar.xz").exists())
        return done.stderr

    def test_programs_start_where_nothing_is_installed_and_no_variable_is_set(self):
        packed = self.unpacked("ae_cuda", "kernels_tests")
        self.assertEqual(sorted(os.listdir(packed / "bin")), ["ae_cuda", "kernels_tests"])
        self.assertEqual(sorted(os.listdir(packed / "lib")), ["cuda_major", "libmine.so"])
        self.assertEqual((packed / "lib/cuda_major").read_text(), "13\n")
        self.assertEqual(sorted(os.listdir(packed / "data/mnist")), sorted(MNIST))
        subprocess.run([packed / "bin/ae_cuda"], env={}, check=True)

    @unittest.skipUnless(any(map(os.path.exists, OPENBLAS)), "there is no OpenBLAS")
    def test_a_library_that_is_loaded_by_its_name_is_packed_with_what_it_needs(self):
        self.compile("bin/loads", 'const char* name = "libopenblas.so.0"; int main() { return !name; }', *RPATH)
        packed = self.unpacked("loads")
        self.assertIn("libopenblas.so.0", os.listdir(packed / "lib"))
        self.assertTrue(any(name.startswith("libgfortran.so") for name in os.listdir(packed / "lib")))

    def test_run_links_cublas_and_starts_the_script(self):
        packed = self.unpacked("ae_cuda")
        for name in ("libcublas.so.13", "libcublasLt.so.13"):
            self.write(f"toolkit/lib64/{name}", "")
        self.write("toolkit/lib64/libcublas.so.12", "")
        script = packed / "tools/bench/gpu"
        script.write_text('#!/bin/bash\necho "$@" "$AE_DATA_DIR" "${LD_LIBRARY_PATH-unset}"\n')
        environment = {"PATH": os.environ["PATH"], "CUDA_HOME": str(self.folder / "toolkit")}
        done = subprocess.run([packed / "run", "--limit", "60"], env=environment, capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.split(), ["--bin", str(packed / "bin"), "--limit", "60", str(packed / "data"), "unset"])
        self.assertEqual(os.readlink(packed / "lib/libcublas.so.13"), str(self.folder / "toolkit/lib64/libcublas.so.13"))
        self.assertTrue((packed / "lib/libcublasLt.so.13").exists())

    def test_run_finds_cublas_in_the_wheels_of_the_python_that_is_named(self):
        packed = self.unpacked("ae_cuda")
        (packed / "lib/cuda_major").write_text("99\n")  # of which no toolkit of this machine has any
        for name in ("libcublas.so.99", "libcublasLt.so.99"):
            self.write(f"site-packages/nvidia/cu99/lib/{name}", "")
        (packed / "tools/bench/gpu").write_text("#!/bin/bash\n")
        environment = {"PATH": os.environ["PATH"]}
        done = subprocess.run([packed / "run"], env=environment, capture_output=True, text=True)
        self.assertIn("there is no libcublas.so.99", done.stderr)
        python = self.write("python", f"#!/bin/sh\necho '{self.folder}/site-packages'\n")
        python.chmod(0o755)
        done = subprocess.run([packed / "run", "--python", python], env=environment, capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        self.assertTrue((packed / "lib/libcublasLt.so.99").exists())

    def test_refuses_a_program_that_would_not_find_its_libraries(self):
        self.program("bin/ae_cuda")
        self.assertIn("ae_cuda has no RPATH $ORIGIN/../lib", self.refusal("ae_cuda"))
        self.program("bin/ae_cuda", "-Wl,-rpath,$ORIGIN/../lib", "-Wl,--enable-new-dtags")  # RUNPATH: not inherited
        self.assertIn("build it with the preset gpu-pack", self.refusal("ae_cuda"))

    def test_refuses_what_is_larger_than_the_limit(self):
        (self.folder / "data/mnist" / MNIST[0]).write_bytes(os.urandom(3 << 20))
        self.assertIn("more than the 2 MiB", self.refusal("--limit", "2", "ae_cuda"))
        self.assertEqual(self.pack("--limit", "4", "ae_cuda").returncode, 0)

    def test_names_what_is_missing(self):
        self.assertIn("no program latency_bench", self.refusal())
        (self.folder / "data/mnist" / MNIST[3]).unlink()
        self.assertIn("set AE_DATA_DIR", self.refusal("ae_cuda"))
        (self.build / "lib/libmine.so").unlink()
        self.assertIn("libmine.so => not found", self.refusal("ae_cuda"))


if __name__ == "__main__":
    unittest.main()
