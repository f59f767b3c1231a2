"""PyTorch as it comes, with fused Adam."""
import report
import torch_network

if __name__ == "__main__":
    report.run("PyTorch eager", torch_network.Training, ["torch"])
