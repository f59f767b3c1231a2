"""Holds a context on the first GPU until it is killed, so that the driver need not start again for every process.

Changes no setting of the GPU. Needs the driver's library and nothing else.
"""
import ctypes
import signal
import sys

COMPUTE_MODE, DEFAULT_MODE = 20, 0  # CU_DEVICE_ATTRIBUTE_COMPUTE_MODE: in any other mode a context keeps programs out


def main():
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        sys.exit(f"hold_gpu: {error}")

    def check(status, call):
        if status != 0:
            sys.exit(f"hold_gpu: {call} failed with CUresult {status}")

    device, mode, context = ctypes.c_int(), ctypes.c_int(), ctypes.c_void_p()
    check(driver.cuInit(0), "cuInit")
    check(driver.cuDeviceGet(ctypes.byref(device), 0), "cuDeviceGet")
    check(driver.cuDeviceGetAttribute(ctypes.byref(mode), COMPUTE_MODE, device), "cuDeviceGetAttribute")
    if mode.value != DEFAULT_MODE:
        sys.exit("hold_gpu: the GPU's compute mode lets a single process in")
    check(driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), device), "cuDevicePrimaryCtxRetain")
    print("a context is held", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
