namespace Kombo.Worker.Configuration;

/// <summary>The worker was started with what cannot work. The message names the variable or file and the remedy.</summary>
internal sealed class WorkerConfigurationException(string message) : Exception(message);
