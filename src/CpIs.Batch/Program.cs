using CpIs.Batch.Commands;

using var interruption = new Interruption();
ProcessMemory.UseOnePool();
ProcessRights.RestrictNewFiles();
return await CpisProgram.RunAsync(args, ProgramEnvironment.OfThisProcess(), interruption.Token);
