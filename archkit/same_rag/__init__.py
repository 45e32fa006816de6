"""The same RAG three times: in LangChain with LangGraph, in LlamaIndex, and in plain Python.

`langchain_rag`, `llamaindex_rag` and `plain_rag` each hold one class `Rag` with one method `answer`. They take the same
passages, the same embedding function and the same endpoint, and send the model the same prompt, so that what differs
between them is what the frameworks bring. Everything that one of them needs beyond `same_rag.task` stands in its file.
"""
