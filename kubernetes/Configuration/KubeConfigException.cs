namespace Kombo.Kubernetes.Configuration;

/// <summary>No usable configuration: names the file or the variable, and what to do. Never holds its content.</summary>
public sealed class KubeConfigException(string message, Exception? innerException = null) : Exception(message, innerException);
